/* Enumerations of layer attributes. */
#ifndef TT_ENUMS_H
#define TT_ENUMS_H

/* clang-format off */

/* ENUM(value) lists of each enumeration, in the order of their numbers; [x] marks what no TensorRT has. */
#define TT_ENUM_UNARY(ENUM)                                                                                            \
    ENUM(EXP)                                                                                                          \
    ENUM(LOG)                                                                                                          \
    ENUM(SQRT)                                                                                                         \
    ENUM(RECIP)                                                                                                        \
    ENUM(ABS)                                                                                                          \
    ENUM(NEG) ENUM(SIN) ENUM(COS) ENUM(TAN) ENUM(SINH) ENUM(COSH) ENUM(ASIN) ENUM(ACOS) ENUM(ATAN) ENUM(ASINH)         \
        ENUM(ACOSH) ENUM(ATANH) ENUM(CEIL) ENUM(FLOOR) ENUM(ERF) ENUM(NOT) ENUM(SIGN) ENUM(ROUND) ENUM(ISINF)          \
            ENUM(ISNAN) ENUM(RSQRT) ENUM(EXP2) ENUM(EXPM1) ENUM(LOG2) ENUM(LOG10) ENUM(LOG1P) ENUM(TRUNC) ENUM(ERFC)   \
                ENUM(ERFINV) ENUM(LGAMMA) ENUM(DIGAMMA) ENUM(BITWISE_NOT)
#define TT_ENUM_ACTIVATION(ENUM)                                                                                       \
    ENUM(RELU)                                                                                                         \
    ENUM(SIGMOID)                                                                                                      \
    ENUM(TANH)                                                                                                         \
    ENUM(LEAKY_RELU)                                                                                                   \
    ENUM(ELU)                                                                                                          \
    ENUM(SELU) ENUM(SOFTSIGN) ENUM(SOFTPLUS) ENUM(CLIP) ENUM(HARD_SIGMOID) ENUM(SCALED_TANH) ENUM(THRESHOLDED_RELU)    \
        ENUM(GELU_ERF) ENUM(GELU_TANH) ENUM(SILU) ENUM(MISH) ENUM(HARD_SWISH) ENUM(LOG_SIGMOID)
#define TT_ENUM_ELEMENTWISE(ENUM)                                                                                      \
    ENUM(SUM)                                                                                                          \
    ENUM(PROD)                                                                                                         \
    ENUM(MAX)                                                                                                          \
    ENUM(MIN)                                                                                                          \
    ENUM(SUB)                                                                                                          \
    ENUM(DIV) ENUM(POW) ENUM(FLOOR_DIV) ENUM(AND) ENUM(OR) ENUM(XOR) ENUM(EQUAL) ENUM(GREATER) ENUM(LESS)              \
        ENUM(NOT_EQUAL) ENUM(GREATER_EQUAL) ENUM(LESS_EQUAL) ENUM(TRUNC_DIV) ENUM(REMAINDER) ENUM(FMOD) ENUM(FMAX)     \
            ENUM(FMIN) ENUM(ATAN2) ENUM(COPYSIGN) ENUM(HYPOT) ENUM(NEXTAFTER) ENUM(LEFT_SHIFT) ENUM(RIGHT_SHIFT)
#define TT_ENUM_REDUCE(ENUM)                                                                                           \
    ENUM(SUM) ENUM(PROD) ENUM(MAX) ENUM(MIN) ENUM(AVG) ENUM(NONE) ENUM(ANY) ENUM(ALL) ENUM(NORM) ENUM(VARIANCE)
#define TT_ENUM_NORMALIZATION(ENUM) ENUM(LAYER) ENUM(RMS) ENUM(GROUP)
#define TT_ENUM_PAD(ENUM)           ENUM(CONSTANT) ENUM(REFLECT) ENUM(REPLICATE) ENUM(CIRCULAR)
#define TT_ENUM_GATHER(ENUM)        ENUM(DEFAULT) ENUM(ELEMENT)
#define TT_ENUM_SCATTER(ENUM)       ENUM(SET) ENUM(ADD) ENUM(MUL) ENUM(MAX) ENUM(MIN) ENUM(MEAN)
#define TT_ENUM_POOLING(ENUM)       ENUM(MAX) ENUM(AVERAGE)
#define TT_ENUM_RESIZE(ENUM)        ENUM(NEAREST) ENUM(NEAREST_EXACT) ENUM(LINEAR) ENUM(CUBIC)
#define TT_ENUM_INTERPOLATION(ENUM) ENUM(NEAREST) ENUM(LINEAR) ENUM(CUBIC)
#define TT_ENUM_SAMPLE(ENUM)        ENUM(ZEROS) ENUM(CLAMP) ENUM(REFLECT)
#define TT_ENUM_CUMULATIVE(ENUM)    ENUM(SUM) ENUM(PROD) ENUM(MAX) ENUM(MIN) ENUM(LOGSUMEXP)
#define TT_ENUM_RECURRENT(ENUM)     ENUM(LSTM) ENUM(GRU) ENUM(TANH) ENUM(RELU)
#define TT_ENUM_FILL(ENUM)          ENUM(LINSPACE) ENUM(CONSTANT)

/* name, NAME: tt_enum_unary with TT_UNARY_EXP, ... */
#define TT_ENUMS(X)                                                                                                    \
    X(unary, UNARY)                                                                                                    \
    X(activation, ACTIVATION)                                                                                          \
    X(elementwise, ELEMENTWISE)                                                                                        \
    X(reduce, REDUCE)                                                                                                  \
    X(normalization, NORMALIZATION)                                                                                    \
    X(pad, PAD) X(gather, GATHER) X(scatter, SCATTER) X(pooling, POOLING) X(resize, RESIZE)                            \
        X(interpolation, INTERPOLATION) X(sample, SAMPLE) X(cumulative, CUMULATIVE) X(fill, FILL)         \
        X(recurrent, RECURRENT)

#define ENUM(value) TT_UNARY_##value,
typedef enum tt_enum_unary { TT_ENUM_UNARY(ENUM) TT_UNARY_COUNT } tt_enum_unary;
#undef ENUM
#define ENUM(value) TT_ACTIVATION_##value,
typedef enum tt_enum_activation { TT_ENUM_ACTIVATION(ENUM) TT_ACTIVATION_COUNT } tt_enum_activation;
#undef ENUM
#define ENUM(value) TT_ELEMENTWISE_##value,
typedef enum tt_enum_elementwise { TT_ENUM_ELEMENTWISE(ENUM) TT_ELEMENTWISE_COUNT } tt_enum_elementwise;
#undef ENUM
#define ENUM(value) TT_REDUCE_##value,
typedef enum tt_enum_reduce { TT_ENUM_REDUCE(ENUM) TT_REDUCE_COUNT } tt_enum_reduce;
#undef ENUM
#define ENUM(value) TT_NORMALIZATION_##value,
typedef enum tt_enum_normalization { TT_ENUM_NORMALIZATION(ENUM) TT_NORMALIZATION_COUNT } tt_enum_normalization;
#undef ENUM
#define ENUM(value) TT_PAD_##value,
typedef enum tt_enum_pad { TT_ENUM_PAD(ENUM) TT_PAD_COUNT } tt_enum_pad;
#undef ENUM
#define ENUM(value) TT_GATHER_##value,
typedef enum tt_enum_gather { TT_ENUM_GATHER(ENUM) TT_GATHER_COUNT } tt_enum_gather;
#undef ENUM
#define ENUM(value) TT_SCATTER_##value,
typedef enum tt_enum_scatter { TT_ENUM_SCATTER(ENUM) TT_SCATTER_COUNT } tt_enum_scatter;
#undef ENUM
#define ENUM(value) TT_POOLING_##value,
typedef enum tt_enum_pooling { TT_ENUM_POOLING(ENUM) TT_POOLING_COUNT } tt_enum_pooling;
#undef ENUM
#define ENUM(value) TT_RESIZE_##value,
typedef enum tt_enum_resize { TT_ENUM_RESIZE(ENUM) TT_RESIZE_COUNT } tt_enum_resize;
#undef ENUM
#define ENUM(value) TT_INTERPOLATION_##value,
typedef enum tt_enum_interpolation { TT_ENUM_INTERPOLATION(ENUM) TT_INTERPOLATION_COUNT } tt_enum_interpolation;
#undef ENUM
#define ENUM(value) TT_SAMPLE_##value,
typedef enum tt_enum_sample { TT_ENUM_SAMPLE(ENUM) TT_SAMPLE_COUNT } tt_enum_sample;
#undef ENUM
#define ENUM(value) TT_CUMULATIVE_##value,
typedef enum tt_enum_cumulative { TT_ENUM_CUMULATIVE(ENUM) TT_CUMULATIVE_COUNT } tt_enum_cumulative;
#undef ENUM
#define ENUM(value) TT_FILL_##value,
typedef enum tt_enum_fill { TT_ENUM_FILL(ENUM) TT_FILL_COUNT } tt_enum_fill;
#undef ENUM
#define ENUM(value) TT_RECURRENT_##value,
typedef enum tt_enum_recurrent { TT_ENUM_RECURRENT(ENUM) TT_RECURRENT_COUNT } tt_enum_recurrent;
#undef ENUM

/* clang-format on */

#endif
