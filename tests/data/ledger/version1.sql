-- A ledger of version 1, as that version has made it.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 1448100693;
CREATE TABLE machine (  id INTEGER PRIMARY KEY,  config_id TEXT NOT NULL UNIQUE COLLATE NOCASE,  name TEXT NOT NULL) STRICT;
CREATE TABLE epoch (  id INTEGER PRIMARY KEY,  machine INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,  number INTEGER NOT NULL CHECK (number > 0),  cause INTEGER NOT NULL,  start_ms INTEGER NOT NULL,  last_ms INTEGER NOT NULL,  up_ms INTEGER NOT NULL CHECK (up_ms >= 0),  ended INTEGER NOT NULL CHECK (ended BETWEEN 0 AND 5),  UNIQUE (machine, number, start_ms)) STRICT;
CREATE TABLE adapter_usage (  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 7),  day INTEGER NOT NULL,  bytes_sent ANY NOT NULL CHECK (typeof(bytes_sent) = 'text' OR bytes_sent >= 0),  bytes_received ANY NOT NULL CHECK (typeof(bytes_received) = 'text' OR bytes_received >= 0),  packets_sent ANY NOT NULL CHECK (typeof(packets_sent) = 'text' OR packets_sent >= 0),  packets_received ANY NOT NULL CHECK (typeof(packets_received) = 'text' OR packets_received >= 0),  PRIMARY KEY (epoch, slot, day)) STRICT, WITHOUT ROWID;
CREATE INDEX adapter_usage_day ON adapter_usage (day);
CREATE TABLE drive_usage (  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 7),  day INTEGER NOT NULL,  bytes_read ANY NOT NULL CHECK (typeof(bytes_read) = 'text' OR bytes_read >= 0),  bytes_written ANY NOT NULL CHECK (typeof(bytes_written) = 'text' OR bytes_written >= 0),  reads ANY NOT NULL CHECK (typeof(reads) = 'text' OR reads >= 0),  writes ANY NOT NULL CHECK (typeof(writes) = 'text' OR writes >= 0),  PRIMARY KEY (epoch, slot, day)) STRICT, WITHOUT ROWID;
CREATE INDEX drive_usage_day ON drive_usage (day);
CREATE TABLE folded (  machine INTEGER PRIMARY KEY REFERENCES machine (id) ON DELETE CASCADE,  bytes_sent ANY NOT NULL, bytes_received ANY NOT NULL, packets_sent ANY NOT NULL, packets_received ANY NOT NULL,  bytes_read ANY NOT NULL, bytes_written ANY NOT NULL, reads ANY NOT NULL, writes ANY NOT NULL,  up_ms INTEGER NOT NULL CHECK (up_ms >= 0)) STRICT;
PRAGMA user_version = 1;

INSERT INTO machine VALUES (1, '{00000000-0000-0000-0000-00000000000B}', 'Blue');
INSERT INTO epoch VALUES (1, 1, 1, 1, 1777852800000, 1777852805000, 5000, 1);
INSERT INTO adapter_usage VALUES (1, 0, 20577, '9223372036854775808', 5, 10, 1);
INSERT INTO folded VALUES (1, 999, 0, 0, 0, 0, 0, 0, 0, 1000);
