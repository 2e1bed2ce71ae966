/**
 * torchtrt/base.h: statuses, the last error, data types, log and version.
 *
 * Every header of this library compiles alone, as C11 and as C++, and includes only the C standard library.
 */
#ifndef TORCHTRT_BASE_H
#define TORCHTRT_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define TTRT_EXTERN extern "C"
#else
#define TTRT_EXTERN
#endif
#if defined(_WIN32)
#define TTRT_API TTRT_EXTERN __declspec(dllexport)
#else
#define TTRT_API TTRT_EXTERN __attribute__((visibility("default")))
#endif

#define TTRT_VERSION_MAJOR 0
#define TTRT_VERSION_MINOR 1
#define TTRT_VERSION_PATCH 0

/** What a call that can fail returns. Numbers never change. */
typedef enum ttrt_status {
    TTRT_OK = 0,
    TTRT_ERR_ARGUMENT = 1, /**< an argument of the call is wrong (NULL, out of range, unknown name) */
    TTRT_ERR_MEMORY = 2,   /**< no memory */
    TTRT_ERR_IO = 3,       /**< the operating system refused to open, read or write a file */
    TTRT_ERR_FORMAT =
        4, /**< a file breaks the rules of its format: not a zip, truncated, wrong CRC, bad JSON, bad graph */
    TTRT_ERR_VERSION = 5,     /**< a file is of a version that this library does not read */
    TTRT_ERR_UNSUPPORTED = 6, /**< well-formed, but nothing here can do it: operator, data type, feature */
    TTRT_ERR_SHAPE = 7, /**< a dimension is out of its declared range, ranks differ, or two uses of one symbol differ */
    TTRT_ERR_DTYPE = 8, /**< a tensor's data type is not the declared one */
    TTRT_ERR_SMALL = 9, /**< a caller's buffer is too small; the need is reported */
    TTRT_ERR_DEVICE = 10,    /**< a device or engine library reported a fault */
    TTRT_ERR_CANCELLED = 11, /**< the progress callback asked to stop */
    TTRT_ERR_INDEX = 12,     /**< an index inside the data is out of range (embedding, gather, ...) */
    TTRT_ERR_INTERNAL = 13   /**< a fault of this library; please report it */
} ttrt_status;

/** The last failure of the calling thread. Texts live until this thread's next failing call; "" where nothing is known.
 */
typedef struct ttrt_error {
    ttrt_status status;
    const char *what;  /**< one line: values seen and expected */
    const char *where; /**< file and byte offset, or node and its Python source line */
    const char *hint;  /**< what to do */
} ttrt_error;

/** @return the calling thread's last failure, status TTRT_OK if there was none. Never NULL. Lent. Since 0.1. */
TTRT_API const ttrt_error *ttrt_last_error(void);

/** @return a status' name, "TTRT_ERR_SHAPE"; "TTRT_ERR_UNKNOWN" for a number that is none. Static storage. Since 0.1.
 */
TTRT_API const char *ttrt_status_name(ttrt_status status);

/** @return "0.1.0". Static storage. Since 0.1. */
TTRT_API const char *ttrt_version(void);

/** Data types. Numbers never change; they are DLPack-independent and those of PyTorch's c10::ScalarType. */
typedef enum ttrt_dtype {
    TTRT_DTYPE_UINT8 = 0,
    TTRT_DTYPE_INT8 = 1,
    TTRT_DTYPE_INT16 = 2,
    TTRT_DTYPE_INT32 = 3,
    TTRT_DTYPE_INT64 = 4,
    TTRT_DTYPE_FLOAT16 = 5,
    TTRT_DTYPE_FLOAT32 = 6,
    TTRT_DTYPE_FLOAT64 = 7,
    TTRT_DTYPE_COMPLEX32 = 8,
    TTRT_DTYPE_COMPLEX64 = 9,
    TTRT_DTYPE_COMPLEX128 = 10,
    TTRT_DTYPE_BOOL = 11,
    TTRT_DTYPE_BFLOAT16 = 15,
    TTRT_DTYPE_FLOAT8_E5M2 = 23,
    TTRT_DTYPE_FLOAT8_E4M3FN = 24,
    TTRT_DTYPE_FLOAT8_E5M2FNUZ = 25,
    TTRT_DTYPE_FLOAT8_E4M3FNUZ = 26,
    TTRT_DTYPE_UINT16 = 27,
    TTRT_DTYPE_UINT32 = 28,
    TTRT_DTYPE_UINT64 = 29,
    TTRT_DTYPE_FLOAT8_E8M0FNU = 44
} ttrt_dtype;

/** @return "float32", as PyTorch names it without the "torch."; "unknown" for a number that is none. Since 0.1. */
TTRT_API const char *ttrt_dtype_name(ttrt_dtype dtype);

/** @return bytes of one element; 0 for a number that is none. Since 0.1. */
TTRT_API size_t ttrt_dtype_size(ttrt_dtype dtype);

typedef enum ttrt_log_level {
    TTRT_LOG_ERROR = 0,
    TTRT_LOG_WARNING = 1,
    TTRT_LOG_INFO = 2,
    TTRT_LOG_DEBUG = 3
} ttrt_log_level;

/**
 * Takes a line of log. Called from any thread, one call at a time.
 * @param room  which part speaks: "read", "convert", "cpu", ...
 * @param text  one line without its newline; lent for the call.
 */
typedef void (*ttrt_log_fn)(void *user, ttrt_log_level level, const char *room, const char *text);

/**
 * Sets where log lines go and from which level on. Process-wide; call it before other threads use the library.
 * @param fn  NULL: standard error (the default). Default level: TTRT_LOG_WARNING, or what TTRT_LOG says.
 */
TTRT_API void ttrt_set_log(ttrt_log_fn fn, void *user, ttrt_log_level level);

#endif
