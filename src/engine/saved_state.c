#include "engine/saved_state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include "util/file.h"
#include "util/text.h"

enum {
    HEADER_BYTES = 256,
    LAYOUT_VERSION = 1,
    CHECK_BYTES = 256 * 1024,

    AT_VERSION = 16,
    AT_HEADER_BYTES = 20,
    AT_BYTES = 24,
    AT_CHECKSUM = 32,
    AT_HEADER_CHECKSUM = 36,
    AT_ENGINE = 40,
    AT_HYPERVISOR = 56,
    AT_HARDWARE = 120,
    AT_CONFIG_ID = 184
};

static const char magic[17] = "VPC saved state\n";

struct saved_state_writer {
    struct saved_state_about about;
    char *path, *temporary;
    uv_file file;
    uint32_t checksum;
};

struct saved_state_reader {
    char *path;
    uv_file file;
    int64_t at; /* of the next byte */
};

/* ---- checksum: CRC-32C, reflected polynomial 0x82f63b78 ---- */

static uint32_t crc_table[256];
static uv_once_t crc_once = UV_ONCE_INIT;

static void crc_fill(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        crc_table[i] = crc;
    }
}

/* `crc` is 0 at first, then what the last call gave. */
static uint32_t crc_add(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uv_once(&crc_once, crc_fill);
    crc = ~crc;
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 0xff];
    return ~crc;
}

/* ---- the header ---- */

static void put_number(uint8_t *at, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t take_number(const uint8_t *at, int bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

/* Copies a text with its NUL; false when there is none. */
static bool take_text(char *text, const uint8_t *at, size_t size)
{
    memcpy(text, at, size);
    return memchr(text, '\0', size) != NULL;
}

static void header_build(uint8_t header[HEADER_BYTES], const struct saved_state_about *about, uint32_t checksum)
{
    memset(header, 0, HEADER_BYTES);
    memcpy(header, magic, sizeof magic - 1);
    put_number(header + AT_VERSION, LAYOUT_VERSION, 4);
    put_number(header + AT_HEADER_BYTES, HEADER_BYTES, 4);
    put_number(header + AT_BYTES, about->bytes, 8);
    put_number(header + AT_CHECKSUM, checksum, 4);
    memcpy(header + AT_ENGINE, about->engine, sizeof about->engine);
    memcpy(header + AT_HYPERVISOR, about->version, sizeof about->version);
    memcpy(header + AT_HARDWARE, about->hardware, sizeof about->hardware);
    memcpy(header + AT_CONFIG_ID, about->config_id, sizeof about->config_id);
    put_number(header + AT_HEADER_CHECKSUM, crc_add(0, header, HEADER_BYTES), 4);
}

static bool header_read(uint8_t header[HEADER_BYTES], struct saved_state_about *about, uint32_t *checksum,
                        const char *path, struct vpc_error *err)
{
    if (memcmp(header, magic, sizeof magic - 1) != 0)
        return vpc_fail(err, VPC_SAVED_STATE, "'%s' is no saved state that this program has written", path);
    if (take_number(header + AT_VERSION, 4) != LAYOUT_VERSION)
        return vpc_fail(err, VPC_SAVED_STATE, "saved state '%s' has version %u of its layout, not %d", path,
                        (unsigned)take_number(header + AT_VERSION, 4), LAYOUT_VERSION);
    uint32_t own = (uint32_t)take_number(header + AT_HEADER_CHECKSUM, 4);
    put_number(header + AT_HEADER_CHECKSUM, 0, 4);
    if (own != crc_add(0, header, HEADER_BYTES) || take_number(header + AT_HEADER_BYTES, 4) != HEADER_BYTES ||
        !take_text(about->engine, header + AT_ENGINE, sizeof about->engine) ||
        !take_text(about->version, header + AT_HYPERVISOR, sizeof about->version) ||
        !take_text(about->hardware, header + AT_HARDWARE, sizeof about->hardware) ||
        !take_text(about->config_id, header + AT_CONFIG_ID, sizeof about->config_id))
        return vpc_fail(err, VPC_SAVED_STATE, "the header of saved state '%s' is damaged", path);
    about->bytes = take_number(header + AT_BYTES, 8);
    *checksum = (uint32_t)take_number(header + AT_CHECKSUM, 4);
    return true;
}

/* ---- files ---- */

static bool fail_file(int status, const char *what, const char *path, struct vpc_error *err)
{
    enum vpc_cause cause = VPC_IO;
    if (status == UV_ENOSPC || status == UV_EFBIG)
        cause = VPC_DISK_FULL;
    else if (status == UV_EACCES || status == UV_EPERM || status == UV_EROFS)
        cause = VPC_ACCESS_DENIED;
    else if (status == UV_ENOENT)
        cause = VPC_FILE_NOT_FOUND;
    return vpc_fail(err, cause, "%s '%s': %s", what, path, uv_strerror(status));
}

static int file_close(uv_file file)
{
    uv_fs_t request;
    int status = uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return status;
}

/* `offset` -1: behind what was written last. */
static bool write_all(const struct saved_state_writer *writer, const void *data, size_t size, int64_t offset,
                      struct vpc_error *err)
{
    const char *bytes = data;
    while (size > 0) {
        uv_fs_t request;
        uv_buf_t piece = uv_buf_init((char *)bytes, size > INT32_MAX ? INT32_MAX : (unsigned)size);
        int written = uv_fs_write(NULL, &request, writer->file, &piece, 1, offset, NULL);
        uv_fs_req_cleanup(&request);
        if (written <= 0)
            return fail_file(written == 0 ? UV_ENOSPC : written, "cannot write saved state", writer->temporary, err);
        bytes += written;
        size -= (size_t)written;
        if (offset >= 0)
            offset += written;
    }
    return true;
}

static char *temporary_of(const char *path)
{
    return text_format("%s.tmp", path);
}

static void writer_free(struct saved_state_writer *writer)
{
    free(writer->path);
    free(writer->temporary);
    free(writer);
}

bool saved_state_create(struct saved_state_writer **writer, const char *path, const struct saved_state_about *about,
                        struct vpc_error *err)
{
    static const uint8_t nothing[HEADER_BYTES];
    *writer = NULL;
    struct saved_state_writer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a saved state");
    made->about = *about;
    made->about.bytes = 0;
    made->path = text_copy(path);
    made->temporary = temporary_of(path);
    if (made->path == NULL || made->temporary == NULL) {
        writer_free(made);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a saved state");
    }
    /* What lies there may be a stranger's: a file that he can read, a link to one of the user's. It gets none of it. */
    if (!file_remove(made->temporary, err)) {
        writer_free(made);
        return false;
    }
    uv_fs_t request;
    made->file = uv_fs_open(NULL, &request, made->temporary, UV_FS_O_CREAT | UV_FS_O_EXCL | UV_FS_O_WRONLY, 0600, NULL);
    uv_fs_req_cleanup(&request);
    if (made->file < 0) {
        fail_file(made->file, "cannot make saved state", made->temporary, err);
        writer_free(made);
        return false;
    }
    if (!write_all(made, nothing, HEADER_BYTES, -1, err)) {
        saved_state_discard(made);
        return false;
    }
    *writer = made;
    return true;
}

bool saved_state_write(struct saved_state_writer *writer, const void *data, size_t size, struct vpc_error *err)
{
    if (!write_all(writer, data, size, -1, err))
        return false;
    writer->checksum = crc_add(writer->checksum, data, size);
    writer->about.bytes += size;
    return true;
}

uint64_t saved_state_written(const struct saved_state_writer *writer)
{
    return writer->about.bytes;
}

bool saved_state_commit(struct saved_state_writer *writer, struct vpc_error *err)
{
    uint8_t header[HEADER_BYTES];
    uv_fs_t request;
    header_build(header, &writer->about, writer->checksum);
    bool done = write_all(writer, header, sizeof header, 0, err);
    if (done) {
        int status = uv_fs_fsync(NULL, &request, writer->file, NULL);
        uv_fs_req_cleanup(&request);
        done = status == 0 || fail_file(status, "cannot flush saved state", writer->temporary, err);
    }
    int status = file_close(writer->file);
    if (done && status != 0)
        done = fail_file(status, "cannot close saved state", writer->temporary, err);
    done = done && file_remove(writer->path, err) && file_rename(writer->temporary, writer->path, err);
    if (!done) {
        struct vpc_error ignored;
        file_remove(writer->temporary, &ignored);
    }
    writer_free(writer);
    return done;
}

void saved_state_discard(struct saved_state_writer *writer)
{
    struct vpc_error ignored;
    if (writer == NULL)
        return;
    file_close(writer->file);
    file_remove(writer->temporary, &ignored);
    writer_free(writer);
}

bool saved_state_remove_part(const char *path, struct vpc_error *err)
{
    char *temporary = temporary_of(path);
    bool done = temporary != NULL ? file_remove(temporary, err)
                                  : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the path of a saved state");
    free(temporary);
    return done;
}

bool saved_state_read(struct saved_state_reader *reader, void *data, size_t size, size_t *got, struct vpc_error *err)
{
    uv_fs_t request;
    uv_buf_t piece = uv_buf_init(data, size > INT32_MAX ? INT32_MAX : (unsigned)size);
    int read = uv_fs_read(NULL, &request, reader->file, &piece, 1, reader->at, NULL);
    uv_fs_req_cleanup(&request);
    *got = read > 0 ? (size_t)read : 0;
    reader->at += (int64_t)*got;
    return read >= 0 || fail_file(read, "cannot read saved state", reader->path, err);
}

/* Fills the buffer, or less at the end of the file. */
static bool read_full(struct saved_state_reader *reader, void *data, size_t size, size_t *got, struct vpc_error *err)
{
    size_t piece;
    *got = 0;
    do {
        if (!saved_state_read(reader, (char *)data + *got, size - *got, &piece, err))
            return false;
        *got += piece;
    } while (piece > 0 && *got < size);
    return true;
}

/* Reads all that follows the header. */
static bool check_content(struct saved_state_reader *reader, uint64_t bytes, uint32_t checksum, struct vpc_error *err)
{
    uint8_t *piece = malloc(CHECK_BYTES);
    uint64_t found = 0;
    uint32_t crc = 0;
    size_t got = 0;
    bool done = piece != NULL || vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to check a saved state");
    do {
        done = done && read_full(reader, piece, CHECK_BYTES, &got, err);
        if (done)
            crc = crc_add(crc, piece, got);
        found += got;
    } while (done && got > 0);
    free(piece);
    if (done && found != bytes)
        return vpc_fail(err, VPC_SAVED_STATE, "saved state '%s' holds %llu bytes and should hold %llu", reader->path,
                        (unsigned long long)found, (unsigned long long)bytes);
    if (done && crc != checksum)
        return vpc_fail(err, VPC_SAVED_STATE, "the content of saved state '%s' is damaged", reader->path);
    return done;
}

static bool check_file(struct saved_state_reader *reader, const char *engine, const char *config_id,
                       struct saved_state_about *about, struct vpc_error *err)
{
    uint8_t header[HEADER_BYTES];
    uint32_t checksum = 0;
    size_t got;
    if (!read_full(reader, header, sizeof header, &got, err))
        return false;
    if (got < sizeof header)
        return vpc_fail(err, VPC_SAVED_STATE, "'%s' is too short for a saved state", reader->path);
    if (!header_read(header, about, &checksum, reader->path, err))
        return false;
    if (strcmp(about->engine, engine) != 0)
        return vpc_fail(err, VPC_SAVED_STATE, "saved state '%s' is of engine '%s', not '%s'", reader->path,
                        about->engine, engine);
    if (text_compare_nocase(about->config_id, config_id) != 0)
        return vpc_fail(err, VPC_SAVED_STATE, "saved state '%s' is of another virtual machine", reader->path);
    if (!check_content(reader, about->bytes, checksum, err))
        return false;
    reader->at = HEADER_BYTES;
    return true;
}

/* A reader of a file that is not known yet. */
static bool reader_open(struct saved_state_reader **reader, const char *path, struct vpc_error *err)
{
    *reader = NULL;
    struct saved_state_reader *made = calloc(1, sizeof *made);
    if (made == NULL || (made->path = text_copy(path)) == NULL) {
        free(made);
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for a saved state");
    }
    uv_fs_t request;
    /* A pipe under the name is not waited for; reading it fails. */
    made->file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY | UV_FS_O_NONBLOCK, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (made->file < 0) {
        fail_file(made->file, "cannot open saved state", path, err);
        saved_state_close(made);
        return false;
    }
    *reader = made;
    return true;
}

bool saved_state_is_free(const char *path, const char *config_id, struct vpc_error *err)
{
    uint8_t header[HEADER_BYTES];
    struct saved_state_reader *reader;
    struct saved_state_about about;
    struct vpc_error ignored;
    uint32_t checksum;
    size_t got;
    if (!reader_open(&reader, path, err))
        return err->cause == VPC_FILE_NOT_FOUND;
    bool done = read_full(reader, header, sizeof header, &got, err);
    saved_state_close(reader);
    if (!done)
        return false;
    if (got < sizeof header || memcmp(header, magic, sizeof magic - 1) != 0)
        return true;
    if (header_read(header, &about, &checksum, path, &ignored) && text_compare_nocase(about.config_id, config_id) == 0)
        return true;
    return vpc_fail(err, VPC_STATE_CONFLICT, "'%s' is a saved state, and not known to be this virtual machine's", path);
}

bool saved_state_open(struct saved_state_reader **reader, const char *path, const char *engine, const char *config_id,
                      struct saved_state_about *about, struct vpc_error *err)
{
    struct saved_state_reader *made;
    *reader = NULL;
    if (!reader_open(&made, path, err))
        return false;
    bool done = check_file(made, engine, config_id, about, err);
    if (done)
        *reader = made;
    else
        saved_state_close(made);
    return done;
}

void saved_state_close(struct saved_state_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->file >= 0)
        file_close(reader->file);
    free(reader->path);
    free(reader);
}
