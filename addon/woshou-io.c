/*
 * The optional accelerator of woshou's devices: whole batches of frames with one call, and a wake-up by the event loop itself.
 * Nothing exists only here; src/node/addon.ts says how it is used. `npx woshou build-addon` compiles it.
 *
 * A channel is { fd, bytes, table, headerLength }. The table holds for each slot the offset of its frame in `bytes` and the
 * frame's length, and behind the last slot the error number of the last call.
 */
#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

typedef struct {
  int fd;
  uint8_t *bytes;
  size_t bytes_length;
  int32_t *table;
  uint32_t slots;
  uint32_t header_length;
  napi_ref keep_bytes, keep_table;
} channel;

typedef struct {
  uv_poll_t poll;
  napi_env env;
  napi_ref ready;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  int is_closing;
} watcher;

static napi_value number(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static uint32_t uint32_of(napi_env env, napi_value value) {
  uint32_t result = 0;
  napi_get_value_uint32(env, value, &result);
  return result;
}

static void release_channel(napi_env env, void *data, void *hint) {
  channel *made = data;
  (void)hint;
  napi_delete_reference(env, made->keep_bytes);
  napi_delete_reference(env, made->keep_table);
  free(made);
}

/* open(fd, bytes: Uint8Array, table: Int32Array, headerLength) */
static napi_value open_channel(napi_env env, napi_callback_info info) {
  size_t count = 4, bytes_length, table_length;
  napi_value arguments[4], result;
  napi_typedarray_type bytes_type, table_type;
  void *bytes, *table;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 4 ||
      napi_get_typedarray_info(env, arguments[1], &bytes_type, &bytes_length, &bytes, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, arguments[2], &table_type, &table_length, &table, NULL, NULL) != napi_ok ||
      bytes_type != napi_uint8_array || table_type != napi_int32_array || table_length < 3)
    return refuse(env, "open(fd, Uint8Array, Int32Array, headerLength)");
  channel *made = calloc(1, sizeof *made);
  if (made == NULL) return refuse(env, "no memory");
  made->fd = (int)uint32_of(env, arguments[0]);
  made->bytes = bytes;
  made->bytes_length = bytes_length;
  made->table = table;
  made->slots = (uint32_t)((table_length - 1) / 2);
  made->header_length = uint32_of(env, arguments[3]);
  napi_create_reference(env, arguments[1], 1, &made->keep_bytes);
  napi_create_reference(env, arguments[2], 1, &made->keep_table);
  napi_create_external(env, made, release_channel, NULL, &result);
  return result;
}

static channel *channel_of(napi_env env, napi_value value) {
  void *data = NULL;
  if (napi_get_value_external(env, value, &data) != napi_ok) return NULL;
  return data;
}

/* The place of a slot, NULL when it does not lie in the bytes. */
static uint8_t *place(const channel *on, uint32_t slot, size_t length) {
  int64_t start = (int64_t)on->table[2 * slot] - on->header_length;
  if (start < 0 || (uint64_t)start + length > on->bytes_length) return NULL;
  return on->bytes + start;
}

/* read(channel, capacity, most bytes): fills lengths, without the header; returns how many slots */
static napi_value read_frames(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  channel *on = channel_of(env, arguments[0]);
  if (count < 3 || on == NULL) return refuse(env, "read(channel, capacity, bytes)");
  size_t capacity = (size_t)uint32_of(env, arguments[1]) + on->header_length, sum = 0;
  size_t most = uint32_of(env, arguments[2]);
  uint32_t slot = 0;
  int32_t error = 0;
  for (; slot < on->slots && sum < most; slot++) {
    uint8_t *at = place(on, slot, capacity);
    ssize_t length = at == NULL ? (errno = EFAULT, -1) : read(on->fd, at, capacity);
    if (length <= 0) {
      error = length < 0 ? errno : -1;
      break;
    }
    on->table[2 * slot + 1] = (int32_t)(length - on->header_length);
    sum += (size_t)length;
  }
  on->table[2 * on->slots] = error;
  return number(env, slot);
}

/* write(channel, from, to): returns the first slot that did not go */
static napi_value write_frames(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  channel *on = channel_of(env, arguments[0]);
  if (count < 3 || on == NULL) return refuse(env, "write(channel, from, to)");
  uint32_t slot = uint32_of(env, arguments[1]), end = uint32_of(env, arguments[2]);
  int32_t error = 0;
  if (end > on->slots) end = on->slots;
  for (; slot < end; slot++) {
    size_t length = (size_t)on->table[2 * slot + 1] + on->header_length;
    uint8_t *at = place(on, slot, length);
    ssize_t written = at == NULL ? (errno = EFAULT, -1) : write(on->fd, at, length);
    if (written == (ssize_t)length) continue;
    error = written < 0 ? errno : EMSGSIZE;
    break;
  }
  on->table[2 * on->slots] = error;
  return number(env, slot);
}

static void on_ready(uv_poll_t *handle, int status, int events) {
  watcher *by = handle->data;
  napi_handle_scope scope;
  napi_value ready, receiver, result;
  (void)status;
  (void)events;
  if (by->is_closing) return;
  napi_open_handle_scope(by->env, &scope);
  napi_get_reference_value(by->env, by->ready, &ready);
  napi_get_global(by->env, &receiver);
  if (napi_make_callback(by->env, by->context, receiver, ready, 0, NULL, &result) == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(by->env, &error);
    napi_fatal_exception(by->env, error);
  }
  napi_close_handle_scope(by->env, scope);
}

static void on_closed(uv_handle_t *handle) {
  watcher *by = handle->data;
  napi_remove_async_cleanup_hook(by->hook);
  free(by);
}

static void close_watcher(watcher *by) {
  if (by->is_closing) return;
  by->is_closing = 1;
  uv_poll_stop(&by->poll);
  napi_async_destroy(by->env, by->context);
  napi_delete_reference(by->env, by->ready);
  uv_close((uv_handle_t *)&by->poll, on_closed);
}

/* The environment ends while a device is still open. */
static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  close_watcher(data);
}

/* watch(fd, ready): calls ready() in a turn of its own whenever fd is readable */
static napi_value watch(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], name, result;
  napi_valuetype type = napi_undefined;
  uv_loop_t *loop;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count == 2) napi_typeof(env, arguments[1], &type);
  if (type != napi_function) return refuse(env, "watch(fd, function)");
  watcher *by = calloc(1, sizeof *by);
  if (by == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_poll_init(loop, &by->poll, (int)uint32_of(env, arguments[0])) != 0) {
    free(by);
    return refuse(env, "the event loop cannot watch this descriptor");
  }
  by->env = env;
  by->poll.data = by;
  napi_create_reference(env, arguments[1], 1, &by->ready);
  napi_create_string_utf8(env, "woshou-device", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &by->context);
  napi_add_async_cleanup_hook(env, on_cleanup, by, &by->hook);
  uv_poll_start(&by->poll, UV_READABLE, on_ready);
  napi_create_external(env, by, NULL, NULL, &result);
  return result;
}

static watcher *watcher_of(napi_env env, napi_callback_info info, size_t *count, napi_value *arguments) {
  void *data = NULL;
  napi_get_cb_info(env, info, count, arguments, NULL, NULL);
  return napi_get_value_external(env, arguments[0], &data) == napi_ok ? data : NULL;
}

/* unwatch(watcher), once */
static napi_value unwatch(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  watcher *by = watcher_of(env, info, &count, &argument);
  if (by != NULL) close_watcher(by);
  return NULL;
}

/* reference(watcher, whether it keeps the process alive) */
static napi_value reference(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  bool is_referenced = true;
  watcher *by = watcher_of(env, info, &count, arguments);
  napi_get_value_bool(env, arguments[1], &is_referenced);
  if (by == NULL) return NULL;
  if (is_referenced) uv_ref((uv_handle_t *)&by->poll);
  else uv_unref((uv_handle_t *)&by->poll);
  return NULL;
}

static void export(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value);
  napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  export(env, exports, "open", open_channel);
  export(env, exports, "read", read_frames);
  export(env, exports, "write", write_frames);
  export(env, exports, "watch", watch);
  export(env, exports, "unwatch", unwatch);
  export(env, exports, "reference", reference);
  return exports;
}
