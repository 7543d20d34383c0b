/* Every statement of the ledger. Values come in as bound parameters only. */
#include "ledger/ledger_private.h"

/* A figure is an INTEGER, or from 2^63 on a TEXT of digits; a column of type ANY keeps either as it is. */
/* clang-format off */


const char *const ledger_migrations[LEDGER_VERSION] = {
    /* 0 to 1. The application_id is "VPCU". */
    "PRAGMA application_id = 1448100693;"
    "CREATE TABLE machine ("
    "  id INTEGER PRIMARY KEY,"
    "  config_id TEXT NOT NULL UNIQUE COLLATE NOCASE,"
    "  name TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE epoch ("
    "  id INTEGER PRIMARY KEY,"
    "  machine INTEGER NOT NULL REFERENCES machine (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL CHECK (number > 0),"
    "  cause INTEGER NOT NULL,"
    "  start_ms INTEGER NOT NULL,"
    "  last_ms INTEGER NOT NULL,"
    "  up_ms INTEGER NOT NULL CHECK (up_ms >= 0),"
    "  ended INTEGER NOT NULL CHECK (ended BETWEEN 0 AND 5),"
    "  UNIQUE (machine, number, start_ms)"
    ") STRICT;"
    "CREATE TABLE adapter_usage ("
    "  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,"
    "  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 7),"
    "  day INTEGER NOT NULL,"
    "  bytes_sent ANY NOT NULL CHECK (typeof(bytes_sent) = 'text' OR bytes_sent >= 0),"
    "  bytes_received ANY NOT NULL CHECK (typeof(bytes_received) = 'text' OR bytes_received >= 0),"
    "  packets_sent ANY NOT NULL CHECK (typeof(packets_sent) = 'text' OR packets_sent >= 0),"
    "  packets_received ANY NOT NULL CHECK (typeof(packets_received) = 'text' OR packets_received >= 0),"
    "  PRIMARY KEY (epoch, slot, day)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX adapter_usage_day ON adapter_usage (day);"
    "CREATE TABLE drive_usage ("
    "  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,"
    "  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 7),"
    "  day INTEGER NOT NULL,"
    "  bytes_read ANY NOT NULL CHECK (typeof(bytes_read) = 'text' OR bytes_read >= 0),"
    "  bytes_written ANY NOT NULL CHECK (typeof(bytes_written) = 'text' OR bytes_written >= 0),"
    "  reads ANY NOT NULL CHECK (typeof(reads) = 'text' OR reads >= 0),"
    "  writes ANY NOT NULL CHECK (typeof(writes) = 'text' OR writes >= 0),"
    "  PRIMARY KEY (epoch, slot, day)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX drive_usage_day ON drive_usage (day);"
    /* Sums of what retention has removed. */
    "CREATE TABLE folded ("
    "  machine INTEGER PRIMARY KEY REFERENCES machine (id) ON DELETE CASCADE,"
    "  bytes_sent ANY NOT NULL, bytes_received ANY NOT NULL, packets_sent ANY NOT NULL, packets_received ANY NOT NULL,"
    "  bytes_read ANY NOT NULL, bytes_written ANY NOT NULL, reads ANY NOT NULL, writes ANY NOT NULL,"
    "  up_ms INTEGER NOT NULL CHECK (up_ms >= 0)"
    ") STRICT;"
    "PRAGMA user_version = 1;",

    /* 1 to 2: totals of an epoch at the end of each minute of the past hours. */
    "CREATE TABLE minute ("
    "  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,"
    "  minute INTEGER NOT NULL,"
    "  cpu_percent INTEGER NOT NULL CHECK (cpu_percent BETWEEN 0 AND 100),"
    "  bytes_sent ANY NOT NULL, bytes_received ANY NOT NULL, packets_sent ANY NOT NULL, packets_received ANY NOT NULL,"
    "  bytes_read ANY NOT NULL, bytes_written ANY NOT NULL, reads ANY NOT NULL, writes ANY NOT NULL,"
    "  PRIMARY KEY (epoch, minute)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX minute_minute ON minute (minute);"
    "PRAGMA user_version = 2;",

    /* 2 to 3: the processor time of a minute may be unknown (NULL). */
    "CREATE TABLE minute_3 ("
    "  epoch INTEGER NOT NULL REFERENCES epoch (id) ON DELETE CASCADE,"
    "  minute INTEGER NOT NULL,"
    "  cpu_percent INTEGER CHECK (cpu_percent BETWEEN 0 AND 100),"
    "  bytes_sent ANY NOT NULL, bytes_received ANY NOT NULL, packets_sent ANY NOT NULL, packets_received ANY NOT NULL,"
    "  bytes_read ANY NOT NULL, bytes_written ANY NOT NULL, reads ANY NOT NULL, writes ANY NOT NULL,"
    "  PRIMARY KEY (epoch, minute)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO minute_3 SELECT * FROM minute;"
    "DROP TABLE minute;"
    "ALTER TABLE minute_3 RENAME TO minute;"
    "CREATE INDEX minute_minute ON minute (minute);"
    "PRAGMA user_version = 3;",
};

#define ADAPTER_SUMS \
    "exact_sum(u.bytes_sent), exact_sum(u.bytes_received), exact_sum(u.packets_sent), exact_sum(u.packets_received)"
#define DRIVE_SUMS \
    "exact_sum(u.bytes_read), exact_sum(u.bytes_written), exact_sum(u.reads), exact_sum(u.writes)"

const char *const ledger_sql[LEDGER_STATEMENTS] = {
    [LEDGER_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [LEDGER_SQL_COMMIT] = "COMMIT",
    [LEDGER_SQL_ROLLBACK] = "ROLLBACK",

    [LEDGER_SQL_MACHINE_FIND] = "SELECT id, name FROM machine WHERE config_id = ?1",
    [LEDGER_SQL_MACHINE_ADD] = "INSERT INTO machine (config_id, name) VALUES (?1, ?2)",
    [LEDGER_SQL_MACHINE_RENAME] = "UPDATE machine SET name = ?2 WHERE id = ?1",

    [LEDGER_SQL_EPOCH_FIND] = "SELECT id, up_ms FROM epoch WHERE machine = ?1 AND number = ?2 AND start_ms = ?3",
    [LEDGER_SQL_EPOCH_ADD] =
        "INSERT INTO epoch (machine, number, start_ms, cause, last_ms, up_ms, ended)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [LEDGER_SQL_EPOCH_UPDATE] = "UPDATE epoch SET last_ms = ?2, up_ms = ?3, ended = ?4 WHERE id = ?1",
    [LEDGER_SQL_EPOCHS_LOST] =
        "UPDATE epoch SET ended = 5"
        " WHERE ended = 0 AND machine = (SELECT id FROM machine WHERE config_id = ?1)"
        " AND NOT (number = ?2 AND start_ms = ?3)",

    /* What the other days of the epoch have, so that this day has the rest of the total. */
    [LEDGER_SQL_ADAPTER_OTHER_DAYS] =
        "SELECT " ADAPTER_SUMS " FROM adapter_usage u WHERE u.epoch = ?1 AND u.slot = ?2 AND u.day <> ?3",
    [LEDGER_SQL_ADAPTER_PUT] =
        "INSERT INTO adapter_usage (epoch, slot, day, bytes_sent, bytes_received, packets_sent, packets_received)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT DO UPDATE SET bytes_sent = ?4, bytes_received = ?5, packets_sent = ?6, packets_received = ?7",
    [LEDGER_SQL_DRIVE_OTHER_DAYS] =
        "SELECT " DRIVE_SUMS " FROM drive_usage u WHERE u.epoch = ?1 AND u.slot = ?2 AND u.day <> ?3",
    [LEDGER_SQL_DRIVE_PUT] =
        "INSERT INTO drive_usage (epoch, slot, day, bytes_read, bytes_written, reads, writes)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT DO UPDATE SET bytes_read = ?4, bytes_written = ?5, reads = ?6, writes = ?7",
    /* What a clock that was set back has left of the epoch in the future. The minute before goes with it: what was
     * counted ahead would look like this minute's. */
    [LEDGER_SQL_MINUTES_AHEAD_REMOVE] =
        "DELETE FROM minute WHERE epoch = ?1 AND (minute > ?2 OR (minute = ?2 - 1"
        " AND EXISTS (SELECT 1 FROM minute ahead WHERE ahead.epoch = ?1 AND ahead.minute > ?2)))",
    [LEDGER_SQL_MINUTE_PUT] =
        "INSERT OR REPLACE INTO minute (epoch, minute, bytes_sent, bytes_received, packets_sent, packets_received,"
        " bytes_read, bytes_written, reads, writes, cpu_percent)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [LEDGER_SQL_MINUTES_REMOVE] = "DELETE FROM minute WHERE minute < ?1",

    [LEDGER_SQL_SUM_ADAPTERS] =
        "SELECT " ADAPTER_SUMS " FROM adapter_usage u JOIN epoch e ON e.id = u.epoch"
        " WHERE e.machine = ?1 AND NOT (e.number = ?2 AND e.start_ms = ?3)",
    [LEDGER_SQL_SUM_DRIVES] =
        "SELECT " DRIVE_SUMS " FROM drive_usage u JOIN epoch e ON e.id = u.epoch"
        " WHERE e.machine = ?1 AND NOT (e.number = ?2 AND e.start_ms = ?3)",
    [LEDGER_SQL_SUM_UP] =
        "SELECT exact_sum(e.up_ms) FROM epoch e WHERE e.machine = ?1 AND NOT (e.number = ?2 AND e.start_ms = ?3)",

    [LEDGER_SQL_FOLDED_FIND] =
        "SELECT bytes_sent, bytes_received, packets_sent, packets_received, bytes_read, bytes_written, reads, writes,"
        " up_ms FROM folded WHERE machine = ?1",
    [LEDGER_SQL_FOLDED_PUT] =
        "INSERT OR REPLACE INTO folded (machine, bytes_sent, bytes_received, packets_sent, packets_received,"
        " bytes_read, bytes_written, reads, writes, up_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",

    /* Retention. An open epoch keeps its rows: the next write of it counts on them. One without any has its up time. */
    [LEDGER_SQL_OLD_MACHINES] =
        "SELECT DISTINCT e.machine FROM epoch e WHERE e.ended <> 0 AND ("
        " EXISTS (SELECT 1 FROM adapter_usage u WHERE u.epoch = e.id AND u.day < ?1)"
        " OR EXISTS (SELECT 1 FROM drive_usage u WHERE u.epoch = e.id AND u.day < ?1)"
        " OR (e.last_ms < ?2 AND NOT EXISTS (SELECT 1 FROM adapter_usage u WHERE u.epoch = e.id)"
        "   AND NOT EXISTS (SELECT 1 FROM drive_usage u WHERE u.epoch = e.id)))",
    [LEDGER_SQL_OLD_ADAPTERS] =
        "SELECT " ADAPTER_SUMS " FROM adapter_usage u JOIN epoch e ON e.id = u.epoch"
        " WHERE e.machine = ?1 AND e.ended <> 0 AND u.day < ?2",
    [LEDGER_SQL_OLD_DRIVES] =
        "SELECT " DRIVE_SUMS " FROM drive_usage u JOIN epoch e ON e.id = u.epoch"
        " WHERE e.machine = ?1 AND e.ended <> 0 AND u.day < ?2",
    [LEDGER_SQL_OLD_ADAPTERS_REMOVE] =
        "DELETE FROM adapter_usage WHERE day < ?2"
        " AND epoch IN (SELECT id FROM epoch WHERE machine = ?1 AND ended <> 0)",
    [LEDGER_SQL_OLD_DRIVES_REMOVE] =
        "DELETE FROM drive_usage WHERE day < ?2"
        " AND epoch IN (SELECT id FROM epoch WHERE machine = ?1 AND ended <> 0)",
    [LEDGER_SQL_OLD_UP] =
        "SELECT exact_sum(e.up_ms) FROM epoch e WHERE e.machine = ?1 AND e.ended <> 0 AND e.last_ms < ?2"
        " AND NOT EXISTS (SELECT 1 FROM adapter_usage u WHERE u.epoch = e.id)"
        " AND NOT EXISTS (SELECT 1 FROM drive_usage u WHERE u.epoch = e.id)",
    [LEDGER_SQL_OLD_EPOCHS_REMOVE] =
        "DELETE FROM epoch WHERE machine = ?1 AND ended <> 0 AND last_ms < ?2"
        " AND NOT EXISTS (SELECT 1 FROM adapter_usage u WHERE u.epoch = epoch.id)"
        " AND NOT EXISTS (SELECT 1 FROM drive_usage u WHERE u.epoch = epoch.id)",

    [LEDGER_SQL_FORGET_EPOCHS] =
        "DELETE FROM epoch WHERE id IN (SELECT e.id FROM epoch e JOIN machine m ON m.id = e.machine"
        " WHERE m.config_id = ?1 LIMIT 1000)",
    [LEDGER_SQL_FORGET] = "DELETE FROM machine WHERE config_id = ?1",

    /* ?1 grouping, ?2 and ?3 first and last day, ?4 config id, ?5 name */
    [LEDGER_SQL_ROWS] =
        "WITH used AS ("
        "  SELECT e.machine AS machine, iif(?1 = 2, u.slot, -1) AS slot,"
        "    CASE ?1 WHEN 3 THEN u.day WHEN 4 THEN month_of(u.day) END AS period,"
        "    u.bytes_sent AS f0, u.bytes_received AS f1, u.packets_sent AS f2, u.packets_received AS f3,"
        "    0 AS f4, 0 AS f5, 0 AS f6, 0 AS f7"
        "  FROM adapter_usage u JOIN epoch e ON e.id = u.epoch WHERE u.day BETWEEN ?2 AND ?3"
        "  UNION ALL"
        "  SELECT e.machine, -1, CASE ?1 WHEN 3 THEN u.day WHEN 4 THEN month_of(u.day) END,"
        "    0, 0, 0, 0, u.bytes_read, u.bytes_written, u.reads, u.writes"
        "  FROM drive_usage u JOIN epoch e ON e.id = u.epoch WHERE u.day BETWEEN ?2 AND ?3 AND ?1 <> 2)"
        " SELECT m.config_id, m.name, used.slot, used.period, exact_sum(f0), exact_sum(f1), exact_sum(f2),"
        "   exact_sum(f3), exact_sum(f4), exact_sum(f5), exact_sum(f6), exact_sum(f7)"
        " FROM used JOIN machine m ON m.id = used.machine"
        " WHERE (?4 IS NULL AND ?5 IS NULL) OR m.config_id = ?4 OR same_name(m.name, ?5)"
        " GROUP BY m.id, used.slot, used.period ORDER BY m.name COLLATE NOCASE, m.id, used.slot, used.period",
    [LEDGER_SQL_MINUTES] =
        "SELECT m.config_id, m.name, u.epoch, u.minute, u.bytes_sent, u.bytes_received, u.packets_sent,"
        "   u.packets_received, u.bytes_read, u.bytes_written, u.reads, u.writes, u.cpu_percent, e.start_ms"
        " FROM minute u JOIN epoch e ON e.id = u.epoch JOIN machine m ON m.id = e.machine"
        " WHERE u.minute BETWEEN ?1 AND ?2"
        "   AND ((?3 IS NULL AND ?4 IS NULL) OR m.config_id = ?3 OR same_name(m.name, ?4))"
        " ORDER BY m.name COLLATE NOCASE, m.id, e.start_ms, u.epoch, u.minute",
};
