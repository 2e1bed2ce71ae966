/* Inference: one line a case. */
#include "network_test.h"

static const char symbols[] = "symbol s0 in [1, 64]\nsymbol s1 in [2, inf]\n";

/* "f32[s0,4]", of all outputs, separated by spaces. */
static void add_types(tt_str *s, const tt_layer *l)
{
    for (int i = 0; i < l->n_out; i++) {
        tt_str_addf(s, "%s%s[", i ? " " : "", tt_dtype_short(l->out[i]->dtype));
        for (int k = 0; k < l->out[i]->rank; k++) {
            tt_str_add(s, k ? "," : "");
            tt_dim_print(s, l->out[i]->dims[k]);
        }
        tt_str_add(s, "]");
    }
}

static char *text_of(const char *inputs, const char *layer, int n_out)
{
    tt_str s = {0};

    tt_str_addf(&s, "%snetwork \"t\"(%s) %s = %s return %%y", symbols, inputs, n_out == 2 ? "%y, %z" : "%y", layer);
    return tt_str_take(&s);
}

static void gives_outs(const char *inputs, const char *layer, int n_out, const char *types)
{
    char *text = text_of(inputs, layer, n_out);
    tt_network *net = parsed(text);
    tt_str s = {0};

    add_types(&s, net->last);
    assert_string_equal(tt_str_text(&s), types);
    tt_str_dispose(&s);
    tt_network_free(net);
    tt_free(text);
}

static void gives(const char *inputs, const char *layer, const char *type) { gives_outs(inputs, layer, 1, type); }

static void refuses(const char *inputs, const char *layer, const char *message)
{
    char *text = text_of(inputs, layer, 1);

    expect_refused(text, message);
    tt_free(text);
}

static void constants(void **state)
{
    gives("", "constant() {weights=f32 {1, 2}, dimensions=[2,1]}", "f32[2,1]");
    gives("", "constant() {weights=i64 {}, dimensions=[0,7]}", "i64[0,7]");
    gives("", "constant() {weights=b8 {1}}", "b8[]");
    refuses("", "constant() {weights=f32 {1, 2}, dimensions=[3]}", "8 bytes given for 12");
    refuses("", "constant() {weights=f32 {}, dimensions=[-1]}", "at least 0");
    refuses("", "constant() {weights=f32 {}, dimensions=[4611686018427387904,4]}", "too many");
    gives("", "fill() {operation=LINSPACE, dimensions=[s0], to_type=i64, alpha_int=0, beta_int=1}", "i64[s0]");
    gives("", "fill() {operation=CONSTANT, dimensions=[s0,3], to_type=b8, alpha_int=1}", "b8[s0,3]");
    refuses("", "fill() {operation=LINSPACE, dimensions=[s0,1], to_type=i64}", "LINSPACE");
    refuses("", "fill() {operation=CONSTANT, dimensions=[-1], to_type=i64}", "-1");
    gives("", "dimension() {value=2*s0 + 1}", "i64[]");
}

static void pointwise(void **state)
{
    gives("%x: f32[s0,3]", "cast(%x) {to_type=bf16}", "bf16[s0,3]");
    refuses("%x: f32[s0,3]", "cast(%x) {to_type=c64}", "to_type");
    gives("%x: f16[]", "unary(%x) {operation=EXP}", "f16[]");
    gives("%x: f32[2]", "unary(%x) {operation=ISNAN}", "b8[2]");
    gives("%x: i32[2]", "unary(%x) {operation=ABS}", "i32[2]");
    refuses("%x: i32[2]", "unary(%x) {operation=EXP}", "EXP of int32");
    refuses("%x: i32[2]", "unary(%x) {operation=NOT}", "NOT of int32");
    gives("%x: i8[2]", "activation(%x) {type=RELU}", "i8[2]");
    refuses("%x: i8[2]", "activation(%x) {type=TANH}", "TANH");
    gives("%x: f32[s0,1,4], %w: f32[1,s1,1]", "elementwise(%x, %w) {operation=SUM}", "f32[s0,s1,4]");
    gives("%x: f32[s0], %w: f32[s1]", "elementwise(%x, %w) {operation=SUM}", "f32[s0]");
    gives("%x: f32[s1], %w: f32[4]", "elementwise(%x, %w) {operation=LESS}", "b8[4]");
    gives("%x: f32[0], %w: f32[1]", "elementwise(%x, %w) {operation=MAX}", "f32[0]");
    gives("%x: b8[2], %w: b8[2]", "elementwise(%x, %w) {operation=AND}", "b8[2]");
    refuses("%x: b8[2], %w: b8[2]", "elementwise(%x, %w) {operation=SUM}", "SUM of bool");
    refuses("%x: i64[2], %w: i64[2]", "elementwise(%x, %w) {operation=DIV}", "DIV of int64");
    refuses("%x: f32[2], %w: f64[2]", "elementwise(%x, %w) {operation=SUM}", "one type");
    refuses("%x: f32[2], %w: f32[3]", "elementwise(%x, %w) {operation=SUM}", "differ: 2 and 3");
    refuses("%x: f32[s0], %w: f32[65]", "elementwise(%x, %w) {operation=SUM}", "differ: s0 and 65");
    refuses("%x: f32[s0], %w: f32[s0 + 1]", "elementwise(%x, %w) {operation=SUM}", "differ");
    refuses("%x: f32[2], %w: f32[1,2]", "elementwise(%x, %w) {operation=SUM}", "ranks");
    gives("%c: b8[s0,1], %x: f32[1,4], %w: f32[1,1]", "select(%c, %x, %w)", "f32[s0,4]");
    refuses("%c: f32[1], %x: f32[1], %w: f32[1]", "select(%c, %x, %w)", "condition");
    gives("%x: b8[]", "check(%x) {message=\"no\"}", "b8[]");
    refuses("%x: b8[2]", "check(%x) {message=\"no\"}", "more than one");
}

static void convolutions(void **state)
{
#define CONV "stride=[2,1], pre_padding=[1,0], post_padding=[1,2], dilation=[1,2]"
    gives("%x: f32[s0,4,s1,10], %w: f32[6,2,3,3], %b: f32[6]", "convolution(%x, %w, %b) {" CONV ", groups=2}",
          "f32[s0,6,(s1 + 1)//2,8]");
    gives("%x: f16[0,4,5], %w: f16[6,4,5]",
          "convolution(%x, %w) {stride=[1], pre_padding=[0], post_padding=[0], dilation=[1], groups=1}", "f16[0,6,1]");
    refuses("%x: f32[1,4,2,2], %w: f32[6,4,3,3]",
            "convolution(%x, %w) {stride=[1,1], pre_padding=[0,0], post_padding=[0,0], dilation=[1,1], groups=1}",
            "larger");
    refuses("%x: f32[1,4,9,9], %w: f32[6,3,3,3]", "convolution(%x, %w) {" CONV ", groups=1}",
            "channels differ: 4 and 3");
    refuses("%x: f32[1,4,9,9], %w: f32[5,2,3,3]", "convolution(%x, %w) {" CONV ", groups=2}", "5 channels");
    refuses("%x: f32[1,4,9,9], %w: f32[6,4,3,3]", "convolution(%x, %w) {" CONV ", groups=0}", "groups");
    refuses("%x: f32[1,4,9,9], %w: f32[6,4,3,3], %b: f32[5]", "convolution(%x, %w, %b) {" CONV ", groups=1}",
            "bias differ: 6 and 5");
    refuses("%x: f32[1,4], %w: f32[6,4]", "convolution(%x, %w) {groups=1}", "spatial");
    refuses("%x: f32[1,4,9,9], %w: f32[6,4,3,3]",
            "convolution(%x, %w) {stride=[0,1], pre_padding=[0,0], post_padding=[0,0], dilation=[1,1], groups=1}",
            "stride[0] is 0");
    refuses("%x: f32[1,4,9,9], %w: f32[6,4,3,3]",
            "convolution(%x, %w) {stride=[1,1], pre_padding=[9223372036854775807,0], post_padding=[1,0], "
            "dilation=[1,1], groups=1}",
            "");
    gives("%x: f32[s0,4,s1], %w: f32[4,3,4]",
          "deconvolution(%x, %w) {stride=[2], pre_padding=[1], post_padding=[1], output_padding=[1], dilation=[1], "
          "groups=2}",
          "f32[s0,6,2*s1 + 1]");
    refuses("%x: f32[1,4,3], %w: f32[4,3,4]",
            "deconvolution(%x, %w) {stride=[2], pre_padding=[1], post_padding=[1], output_padding=[2], dilation=[1], "
            "groups=2}",
            "output_padding");
#undef CONV
}

static void windows(void **state)
{
#define POOL(ceil) "stride=[2], pre_padding=[1], post_padding=[1], dilation=[1], ceil_mode=" ceil
    gives("%x: f32[1,2,112]", "pooling(%x) {type=MAX, window_size=[3], " POOL("false") "}", "f32[1,2,56]");
    gives("%x: f32[1,2,112]", "pooling(%x) {type=MAX, window_size=[3], " POOL("true") "}", "f32[1,2,57]");
    /* The last window would start in the padding behind: left out. */
    gives("%x: f32[1,2,3]",
          "pooling(%x) {type=AVERAGE, window_size=[2], stride=[2], pre_padding=[1], post_padding=[1], dilation=[1], "
          "ceil_mode=true}",
          "f32[1,2,2]");
    gives("%x: f32[1,2,5]",
          "pooling(%x) {type=AVERAGE, window_size=[2], stride=[2], pre_padding=[0], post_padding=[0], dilation=[1], "
          "ceil_mode=true}",
          "f32[1,2,3]");
    gives("%x: f32[1,2,s1]",
          "pooling(%x) {type=MAX, window_size=[3], stride=[2], pre_padding=[0], post_padding=[0], dilation=[1], "
          "ceil_mode=true}",
          "f32[1,2,s1//2]");
    gives_outs("%x: i32[1,2,6]", "pooling(%x) {type=MAX, window_size=[3], has_indices=true, " POOL("false") "}", 2,
               "i32[1,2,3] i64[1,2,3]");
    refuses("%x: f32[1,2,6]", "pooling(%x) {type=AVERAGE, window_size=[3], has_indices=true, " POOL("false") "}",
            "indices");
    refuses("%x: f32[1,2,6]", "pooling(%x) {type=MAX, window_size=[1], " POOL("false") "}", "padding");
    refuses("%x: f32[1,2,0]", "pooling(%x) {type=MAX, window_size=[3], " POOL("false") "}", "larger");
#undef POOL
    gives("%x: f32[1,2,6,s1]", "adaptive_pooling(%x) {type=AVERAGE, output_size=[1,s0]}", "f32[1,2,1,s0]");
    gives_outs("%x: f32[1,2,6]", "adaptive_pooling(%x) {type=MAX, output_size=[2], has_indices=true}", 2,
               "f32[1,2,2] i64[1,2,2]");
    refuses("%x: f32[1,2,6]", "adaptive_pooling(%x) {type=MAX, output_size=[2,2]}", "output_size");
    gives("%x: f32[1,2,6,5]", "resize(%x) {mode=LINEAR, output_size=[12,10], scales=[2,2]}", "f32[1,2,12,10]");
    refuses("%x: f32[1,2,6]", "resize(%x) {mode=CUBIC, output_size=[12]}", "CUBIC");
    refuses("%x: f32[1,2,6]", "resize(%x) {mode=NEAREST, output_size=[12], align_corners=true}", "align_corners");
    refuses("%x: f32[1,2,0]", "resize(%x) {mode=NEAREST, output_size=[12]}", "no elements");
    gives("%x: f32[s0,2,6,5], %g: f32[s0,7,8,2]", "grid_sample(%x, %g) {interpolation_mode=LINEAR, sample_mode=ZEROS}",
          "f32[s0,2,7,8]");
    refuses("%x: f32[1,2,6,5], %g: f32[1,7,8,3]", "grid_sample(%x, %g) {interpolation_mode=LINEAR, sample_mode=ZEROS}",
            "coordinates");
#define FOLD "window_size=[2,3], dilation=[1,1], padding=[0,1], stride=[2,1]"
    gives("%x: f32[s0,3,8,10]", "fold(%x) {" FOLD "}", "f32[s0,18,40]");
    gives("%x: f32[s0,18,40]", "fold(%x) {inverse=true, output_size=[8,10], " FOLD "}", "f32[s0,3,8,10]");
    refuses("%x: f32[s0,18,41]", "fold(%x) {inverse=true, output_size=[8,10], " FOLD "}", "blocks differ");
    refuses("%x: f32[s0,17,40]", "fold(%x) {inverse=true, output_size=[8,10], " FOLD "}", "multiple");
#undef FOLD
}

static void math(void **state)
{
    gives("%x: f32[s0,1,5,3], %w: f32[1,7,3,4]", "matrix_multiply(%x, %w)", "f32[s0,7,5,4]");
    gives("%x: f32[3,s0], %w: f32[4,3], %b: f32[4]", "matrix_multiply(%x, %w, %b) {transpose_a=true, transpose_b=true}",
          "f32[s0,4]");
    gives("%x: i64[2,0], %w: i64[0,3]", "matrix_multiply(%x, %w)", "i64[2,3]");
    refuses("%x: f32[2,3], %w: f32[4,3]", "matrix_multiply(%x, %w)", "inner dimensions differ: 3 and 4");
    refuses("%x: f32[3], %w: f32[3]", "matrix_multiply(%x, %w)", "ranks");
    refuses("%x: f32[2,3], %w: f32[3,4], %b: f32[5]", "matrix_multiply(%x, %w, %b)", "bias");
    gives("%x: f32[s0,3,4]", "reduce(%x) {operation=SUM, axes=[0,2]}", "f32[1,3,1]");
    gives("%x: f32[]", "reduce(%x) {operation=AVG, axes=[]}", "f32[]");
    gives("%x: b8[4]", "reduce(%x) {operation=ANY, axes=[0]}", "b8[1]");
    gives("%x: f32[0]", "reduce(%x) {operation=SUM, axes=[0]}", "f32[1]");
    refuses("%x: f32[0]", "reduce(%x) {operation=MAX, axes=[0]}", "no elements");
    refuses("%x: f32[3]", "reduce(%x) {operation=SUM, axes=[0,0]}", "twice");
    refuses("%x: f32[3]", "reduce(%x) {operation=SUM, axes=[1]}", "axis 1");
    refuses("%x: f32[3]", "reduce(%x) {operation=SUM, axes=[-1]}", "axis -1");
    refuses("%x: i32[3]", "reduce(%x) {operation=AVG, axes=[0]}", "AVG of int32");
    refuses("%x: f32[3]", "reduce(%x) {operation=NONE, axes=[0]}", "NONE");
    gives("%x: f32[s0,3]", "arg_reduce(%x) {is_max=true, axis=1}", "i64[s0,1]");
    refuses("%x: b8[3]", "arg_reduce(%x) {axis=0}", "bool");
    gives("%x: f32[s0,0]", "softmax(%x) {axis=1}", "f32[s0,0]");
    refuses("%x: f32[]", "softmax(%x) {axis=0}", "axis 0");
    gives("%x: f32[s0,3,4], %w: f32[3,4], %b: f32[3,4]", "normalization(%x, %w, %b) {kind=LAYER, axes=[1,2], eps=1e-5}",
          "f32[s0,3,4]");
    gives("%x: f32[s0,4]", "normalization(%x) {kind=RMS, axes=[1], eps=1e-6}", "f32[s0,4]");
    gives("%x: f32[s0,4,s1], %w: f32[4]",
          "normalization(%x, %w) {kind=GROUP, num_groups=2, eps=1e-5, has_bias_only=true}", "f32[s0,4,s1]");
    refuses("%x: f32[s0,4]", "normalization(%x) {kind=LAYER, axes=[0]}", "last ones");
    refuses("%x: f32[s0,4], %w: f32[5]", "normalization(%x, %w) {kind=LAYER, axes=[1]}", "differ: 4 and 5");
    refuses("%x: f32[s0,4,2]", "normalization(%x) {kind=GROUP, num_groups=3}", "4 channels in 3");
    gives("%x: f32[s0,4,2], %w: f32[4], %b: f32[4]", "scale(%x, %w, %b)", "f32[s0,4,2]");
    refuses("%x: f32[s0,4,2], %w: f32[2], %b: f32[4]", "scale(%x, %w, %b)", "differ: 4 and 2");
#define QKV "%q: f32[s0,8,5,64], %k: f32[s0,2,s1,64], %v: f32[s0,2,s1,32]"
    gives(QKV, "attention(%q, %k, %v) {is_causal=true, scale=0.125}", "f32[s0,8,5,32]");
    gives(QKV ", %m: b8[s0,1,1,s1]", "attention(%q, %k, %v, %m) {scale=0.125}", "f32[s0,8,5,32]");
    refuses(QKV ", %m: f16[s0,1,1,s1]", "attention(%q, %k, %v, %m) {scale=0.125}", "mask is float16");
    refuses(QKV ", %m: f32[s0,1,4,s1]", "attention(%q, %k, %v, %m) {scale=0.125}", "differ: 5 and 4");
#undef QKV
    refuses("%q: f32[1,8,5,64], %k: f32[1,3,7,64]", "attention(%q, %k, %k) {scale=1}", "8 query heads");
    gives_outs("%x: f32[s0,9]", "topk(%x) {k=4, axis=1, largest=true, sorted=true}", 2, "f32[s0,4] i64[s0,4]");
    refuses("%x: f32[3]", "topk(%x) {k=4, axis=0}", "k is 4 of 3");
    gives_outs("%x: b8[s0,9]", "sort(%x) {axis=0}", 2, "b8[s0,9] i64[s0,9]");
    gives("%x: i64[s0,9]", "cumulative(%x) {operation=SUM, axis=1}", "i64[s0,9]");
    gives("%x: f16[s0,9]", "cumulative(%x) {operation=LOGSUMEXP, axis=0}", "f16[s0,9]");
    refuses("%x: i64[s0,9]", "cumulative(%x) {operation=LOGSUMEXP, axis=1}", "int64");
}

static void recurrent(void **state)
{
#define GATES "%x: f32[s0,5,12], %w: f32[12,3], %h: f32[5,3]"
    gives_outs(GATES ", %c: f32[5,3]", "recurrent(%x, %w, %h, %c) {operation=LSTM}", 2, "f32[s0,5,3] f32[5,3]");
    gives("%x: f32[s0,5,9], %w: f32[9,3], %h: f32[5,3], %b: f32[9]", "recurrent(%x, %w, %h, %b) {operation=GRU}",
          "f32[s0,5,3]");
    gives("%x: f32[s0,s1,3], %w: f32[3,3], %h: f32[s1,3]", "recurrent(%x, %w, %h) {operation=TANH, reverse=true}",
          "f32[s0,s1,3]");
    gives_outs("%x: f32[s0,5,12], %w: f32[12,2], %h: f32[5,2], %c: f32[5,3], %p: f32[2,3]",
               "recurrent(%x, %w, %h, %c, %p) {operation=LSTM}", 2, "f32[s0,5,2] f32[5,3]");
    refuses(GATES, "recurrent(%x, %w, %h) {operation=LSTM}", "3 inputs");
    refuses(GATES, "recurrent(%x, %w, %h) {operation=RELU}", "differ: 3 and 12");
    refuses(GATES ", %c: f32[4,3]", "recurrent(%x, %w, %h, %c) {operation=LSTM}", "differ: 5 and 4");
    refuses("%x: f32[s0,5,10], %w: f32[10,3], %h: f32[5,3]", "recurrent(%x, %w, %h) {operation=GRU}", "multiple of 3");
    refuses("%x: i64[s0,5,3], %w: i64[3,3], %h: i64[5,3]", "recurrent(%x, %w, %h) {operation=TANH}", "int64");
#undef GATES
}

static void layout(void **state)
{
    gives("%x: f32[s0,12]", "reshape(%x) {dimensions=[s0,3,4]}", "f32[s0,3,4]");
    gives("%x: f32[s0,s1,4]", "reshape(%x) {dimensions=[s0*s1,4]}", "f32[s0*s1,4]");
    gives("%x: f32[0,3]", "reshape(%x) {dimensions=[0,7]}", "f32[0,7]");
    gives("%x: f32[s0,s1]", "reshape(%x) {dimensions=[s1]}", "f32[s1]");
    refuses("%x: f32[2,3]", "reshape(%x) {dimensions=[5]}", "differ: 6 and 5");
    refuses("%x: f32[s0]", "reshape(%x) {dimensions=[s0 + 1]}", "differ");
    gives("%x: f32[s0,3,4]", "transpose(%x) {permutation=[2,0,1]}", "f32[4,s0,3]");
    refuses("%x: f32[s0,3]", "transpose(%x) {permutation=[0,0]}", "twice");
    refuses("%x: f32[s0,3]", "transpose(%x) {permutation=[0]}", "1 items");
    gives("%x: f32[1,3]", "expand(%x) {dimensions=[s0,3]}", "f32[s0,3]");
    refuses("%x: f32[2,3]", "expand(%x) {dimensions=[4,3]}", "differ: 2 and 4");
    gives("%x: f32[s0,9]", "slice(%x) {start=[0,8], size=[s0,5], stride=[1,-2]}", "f32[s0,5]");
    gives("%x: f32[9]", "slice(%x) {start=[99], size=[0], stride=[1]}", "f32[0]");
    refuses("%x: f32[9]", "slice(%x) {start=[8], size=[6], stride=[-2]}", "last element -2");
    refuses("%x: f32[9]", "slice(%x) {start=[5], size=[5], stride=[1]}", "5 to 9 of 9");
    refuses("%x: f32[9]", "slice(%x) {start=[0], size=[1], stride=[0]}", "stride 0");
    gives("%x: f32[s0,3]", "pad(%x) {pre_padding=[1,-1], post_padding=[0,s0], mode=CONSTANT, value=-inf}",
          "f32[s0 + 1,s0 + 2]");
    refuses("%x: f32[3]", "pad(%x) {pre_padding=[3], post_padding=[0], mode=REFLECT}", "REFLECT");
    refuses("%x: f32[3]", "pad(%x) {pre_padding=[-3], post_padding=[-1], mode=CONSTANT}", "would be -1");
    gives("%x: f32[s0,3], %y0: f32[s0,4]", "concatenation(%x, %y0, %x) {axis=1}", "f32[s0,10]");
    gives("%x: f32[s0,3], %y0: f32[4,s1]", "concatenation(%x, %y0) {axis=0}", "f32[s0 + 4,3]");
    refuses("%x: f32[2,3], %y0: f32[2,4]", "concatenation(%x, %y0) {axis=0}", "differ: 3 and 4");
    refuses("%x: f32[2], %y0: f16[2]", "concatenation(%x, %y0) {axis=0}", "one type");
    refuses("", "concatenation() {axis=0}", "0 inputs");
    gives("%x: f32[3,4]", "trilu(%x) {upper=true, diagonal=-1}", "f32[3,4]");
    refuses("%x: f32[4]", "trilu(%x) {}", "rank 1");
}

static void indexing(void **state)
{
    gives("%x: f32[9,s0,4], %i: i64[2,3]", "gather(%x, %i) {mode=DEFAULT, axis=1, wrap=true}", "f32[9,2,3,4]");
    gives("%x: f32[9], %i: i32[]", "gather(%x, %i) {mode=DEFAULT, axis=0}", "f32[]");
    gives("%x: f32[9,s0], %i: i64[4,99]", "gather(%x, %i) {mode=ELEMENT, axis=1}", "f32[4,99]");
    refuses("%x: f32[9,3], %i: i64[10,3]", "gather(%x, %i) {mode=ELEMENT, axis=1}", "larger");
    refuses("%x: f32[9], %i: f32[2]", "gather(%x, %i) {mode=DEFAULT, axis=0}", "indices are float32");
    gives("%x: f32[9,s0,4], %i: i64[2,1], %j: i64[2,1]", "index(%x, %i, %j) {axes=[0,2], position=0}", "f32[2,1,s0]");
    gives("%x: f32[9,s0,4], %i: i64[2]", "index(%x, %i) {axes=[1], position=1}", "f32[9,2,4]");
    refuses("%x: f32[9,s0,4], %i: i64[2]", "index(%x, %i) {axes=[0], position=2}", "position 2");
    refuses("%x: f32[9,s0,4], %i: i64[2], %j: i64[2]", "index(%x, %i, %j) {axes=[1,0], position=0}", "not in order");
    refuses("%x: f32[9,s0,4], %i: i64[2]", "index(%x, %i) {axes=[0], position=3}", "position 3");
    refuses("%x: f32[9,s0,4], %i: i64[2], %j: i64[3]", "index(%x, %i, %j) {axes=[0,1], position=0}", "differ: 2 and 3");
    refuses("%x: f32[9,4], %i: i64[2]", "index(%x, %i) {axes=[0,1], position=0}", "2 axes");
    gives("%x: f32[9,4], %u: f32[2,4], %i: i64[2]", "index_put(%x, %u, %i) {axes=[0], position=0, accumulate=true}",
          "f32[9,4]");
    refuses("%x: f32[9,4], %u: f32[2,5], %i: i64[2]", "index_put(%x, %u, %i) {axes=[0], position=0}",
            "differ: 4 and 5");
}

static void scatters(void **state)
{
    gives("%x: f32[9,4], %i: i64[2,4], %u: f32[2,4]", "scatter(%x, %i, %u) {mode=MEAN, axis=0, include_self=true}",
          "f32[9,4]");
    refuses("%x: f32[9,4], %i: i64[2,4], %u: f32[3,4]", "scatter(%x, %i, %u) {mode=SET, axis=0}", "differ: 2 and 3");
    refuses("%x: b8[4], %i: i64[2], %u: b8[2]", "scatter(%x, %i, %u) {mode=ADD, axis=0}", "ADD of bool");
    gives("%x: i64[s0]", "one_hot(%x) {depth=5}", "i64[s0,5]");
    gives("%r: f32[9], %x: f32[s0,3]", "search(%r, %x) {right=true}", "i64[s0,3]");
    gives("%r: b8[9], %x: b8[]", "search(%r, %x)", "i64[]");
    gives("%r: u8[s0,9], %x: u8[s0,3]", "search(%r, %x)", "i64[s0,3]");
    refuses("%r: f32[2,9], %x: f32[3,4]", "search(%r, %x)", "differ: 2 and 3");
    refuses("%r: f32[2,9], %x: f32[4]", "search(%r, %x)", "rank 2 for values of rank 1");
    refuses("%r: f32[], %x: f32[]", "search(%r, %x)", "rank 0");
    refuses("%r: f32[9], %x: f64[4]", "search(%r, %x)", "float64");
    gives("%x: f32[s0,3]", "non_zero(%x) {count=u0}", "i64[u0,2]");
    refuses("%x: f32[s0,3]", "non_zero(%x) {count=s0}", "unbacked");
    gives("%x: i64[]", "item(%x) {value=u0}", "i64[]");
    refuses("%x: i64[]", "item(%x) {value=s0}", "unbacked");
    refuses("%x: i64[1]", "item(%x) {value=u0}", "rank 1");
    refuses("%x: i32[]", "item(%x) {value=u0}", "int32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants), cmocka_unit_test(pointwise), cmocka_unit_test(convolutions),
        cmocka_unit_test(windows),   cmocka_unit_test(math),      cmocka_unit_test(layout),
        cmocka_unit_test(indexing),  cmocka_unit_test(scatters),  cmocka_unit_test(recurrent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
