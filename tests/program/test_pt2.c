/* Reading and writing .pt2 archives: a small one made here, what may be wrong with it, and what other archives there
 * are. */
#include "base/json.h"
#include "base/zip.h"
#include "program/pt2_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ' stands for " to keep the text readable. */
#define META(sizes, strides, dtype)                                                                                    \
    "{'dtype':" dtype ",'sizes':[" sizes                                                                               \
    "],'requires_grad':false,'device':{'type':'cpu','index':null},'strides':[" strides                                 \
    "],'storage_offset':{'as_int':0},'layout':7}"
#define S0   "{'as_expr':{'expr_str':'Symbol(\\u0027s0\\u0027, positive=True, integer=True)','hint':{'as_int':2}}}"
#define I(n) "{'as_int':" #n "}"

static const char MODEL[] =
    "{'graph_module':{'graph':{"
    "'inputs':[{'as_tensor':{'name':'p_w'}},{'as_tensor':{'name':'b_n'}},{'as_tensor':{'name':'c_k'}},{'as_tensor':{'"
    "name':'x'}},{'as_int':5}],"
    "'outputs':[{'as_tensor':{'name':'mm'}},{'as_sym_int':{'as_name':'size'}},{'as_none':true}],"
    "'nodes':["
    "{'target':'torch.ops.aten.sym_size.int','inputs':[{'name':'self','arg':{'as_tensor':{'name':'x'}},'kind':1},"
    "{'name':'dim','arg':{'as_int':0},'kind':1}],'outputs':[{'as_sym_int':{'as_name':'size'}}],'metadata':{},"
    "'is_hop_single_tensor_return':null,'name':'size'},"
    "{'target':'torch.ops.aten.add_.Tensor','inputs':[{'name':'self','arg':{'as_tensor':{'name':'b_n'}},'kind':1},"
    "{'name':'other','arg':{'as_int':1},'kind':1}],'outputs':[{'as_tensor':{'name':'add_'}}],'metadata':{"
    "'stack_trace':'File \\u0022/a/model.py\\u0022, line 7, in forward\\n    self.n += 1\\n  File "
    "\\u0022/b/torch/nn/f.py\\u0022, line 9, in g\\n    x()',"
    "'nn_module_stack':'L__self__,,M;L__self__fc,fc,torch.nn.Linear'},'name':'add_'},"
    "{'target':'torch.ops.aten.mm.default','inputs':[{'name':'self','arg':{'as_tensor':{'name':'x'}},'kind':1},"
    "{'name':'mat2','arg':{'as_tensor':{'name':'p_w'}},'kind':1}],'outputs':[{'as_tensor':{'name':'mm'}}],'metadata':{}"
    ",'name':'mm'}],"
    "'tensor_values':{"
    "'p_w':" META(I(3) "," I(2), I(1) "," I(3), "7") ",'b_n':" META("", "", "5") ",'c_k':" META(
        I(2), I(1),
        "13") ","
              "'x':" META(S0 "," I(3), I(3) "," I(1), "7") ",'add_':" META("", "", "5") ",'mm':" META(
                  S0 "," I(2), I(2) "," I(1),
                  "7") "},"
                       "'sym_int_values':{'size':" S0 "},'sym_bool_values':{},'is_single_tensor_return':false,'custom_"
                       "obj_values':{},'sym_float_values':{}},"
                       "'signature':{'input_specs':[{'parameter':{'arg':{'name':'p_w'},'parameter_name':'fc.w'}},"
                       "{'buffer':{'arg':{'name':'b_n'},'buffer_name':'n','persistent':true}},"
                       "{'tensor_constant':{'arg':{'name':'c_k'},'tensor_constant_name':'k'}},{'user_input':{'arg':{'"
                       "as_tensor':{'name':'x'}}}},"
                       "{'constant_input':{'name':'five','value':{'as_int':5}}}],"
                       "'output_specs':[{'user_output':{'arg':{'as_tensor':{'name':'mm'}}}},{'user_output':{'arg':{'as_"
                       "sym_int':{'as_name':'size'}}}},"
                       "{'user_output':{'arg':{'as_none':true}}}]},"
                       "'module_call_graph':[{'fqn':'','signature':{'inputs':[],'outputs':[],'in_spec':'IN','out_spec':"
                       "'OUT','forward_arg_names':['x','five']}}],"
                       "'metadata':{},'treespec_namedtuple_fields':{'N':{'field_names':['a']}}},"
                       "'opset_version':{'aten':10},'range_constraints':{'s0':{'min_val':1,'max_val':8}},'schema_"
                       "version':{'major':8,'minor':20},"
                       "'verifiers':['TRAINING'],'torch_version':'2.13.0','guards_code':['a == b']}";

static const char WEIGHTS[] =
    "{'config':{'fc.w':{'path_name':'weight_0','is_param':true,'use_pickle':false,'tensor_meta':" META(
        I(3) "," I(2), I(1) "," I(3),
        "7") "},'n':{'path_name':'weight_1','is_param':false,'use_pickle':false,'tensor_meta':" META("", "", "5") "}}}";
static const char CONSTANTS[] =
    "{'config':{'k':{'path_name':'tensor_0','is_param':false,'use_pickle':false,'tensor_meta':" META(I(2), I(1),
                                                                                                     "13") "}}}";

static const char TEXT[] = "symbols(s0: 1..8 = 2)\n"
                           "graph(%p_w: f32[3,2]{1,3} = param \"fc.w\", %b_n: i64[] = buffer \"n\", %c_k: bf16[2] = "
                           "constant \"k\", %x: f32[s0,3], %five = const 5)\n"
                           "  %size: int(s0) = aten.sym_size.int(%x, 0)\n"
                           "  %add_: i64[] = aten.add_.Tensor(%b_n, 1, 1)  # model.py:7 in forward: self.n += 1\n"
                           "  %mm: f32[s0,2] = aten.mm.default(%x, %p_w)\n"
                           "  return %mm, s0, None\n";

/* An entry of the archive under test; text NULL leaves it out. */
typedef struct entry {
    const char *name, *text;
    size_t size;
} entry;

static char path[64], path2[64];

static int setup(void **state)
{
    snprintf(path, sizeof path, "/tmp/test_pt2_%ld.pt2", (long)getpid());
    snprintf(path2, sizeof path2, "/tmp/test_pt2_%ld_2.pt2", (long)getpid());
    return 0;
}

static int teardown(void **state)
{
    unlink(path);
    unlink(path2);
    return 0;
}

static void replace_quotes(char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            *text = '"';
}

static char *quoted(const char *text)
{
    char *copy = strdup(text);
    replace_quotes(copy);
    return copy;
}

static void write_entries(const entry *entries, size_t n, const char *root)
{
    tt_zip_writer *zip;
    char name[128];
    assert_int_equal(tt_zip_writer_open(path, &zip), TTRT_OK);
    for (size_t i = 0; i < n; i++) {
        if (entries[i].text == NULL)
            continue;
        snprintf(name, sizeof name, "%s%s", root, entries[i].name);
        size_t size = entries[i].size ? entries[i].size : strlen(entries[i].text);
        assert_int_equal(tt_zip_writer_add(zip, name, entries[i].text, size), TTRT_OK);
    }
    assert_int_equal(tt_zip_writer_commit(zip), TTRT_OK);
}

/* The small archive with one entry exchanged, or added where there is none of that name. */
static void write_archive(const char *name, const char *text)
{
    static const float w[6] = {1, 2, 3, 4, 5, 6};
    static const int64_t n = 41;
    static const uint16_t k[2] = {0x3f80, 0x4000};
    char *model = quoted(MODEL), *weights = quoted(WEIGHTS), *constants = quoted(CONSTANTS);
    entry entries[12] = {
        {"archive_format", "pt2", 0},
        {"archive_version", "0", 0},
        {"byteorder", "little", 0},
        {"models/model.json", model, 0},
        {"data/weights/model_weights_config.json", weights, 0},
        {"data/constants/model_constants_config.json", constants, 0},
        {"data/weights/weight_0", (const char *)w, sizeof w},
        {"data/weights/weight_1", (const char *)&n, sizeof n},
        {"data/constants/tensor_0", (const char *)k, sizeof k},
    };
    size_t count = 9, at = count;
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            at = i;
    if (name != NULL) {
        entries[at] = (entry){name, text, 0};
        count += at == count;
    }
    write_entries(entries, count, "some name/");
    free(model);
    free(weights);
    free(constants);
}

static ttrt_status read_file(const char *file, tt_graph **g, tt_pt2_info **info)
{
    tt_mapping *m;
    TT_TRY(tt_mapping_open(file, &m));
    ttrt_status status = tt_pt2_read(m, g, info);
    tt_mapping_unref(m);
    return status;
}

static void expect_text(const tt_graph *g, const char *wanted)
{
    tt_str s = {0};
    assert_int_equal(tt_graph_print(g, &s), TTRT_OK);
    assert_string_equal(tt_str_text(&s), wanted);
    tt_str_dispose(&s);
}

static void test_read(void **state)
{
    tt_graph *g;
    tt_pt2_info *info;

    write_archive(NULL, NULL);
    if (read_file(path, &g, &info)) {
        print_error("%s [%s]\n", ttrt_last_error()->what, ttrt_last_error()->where);
        fail();
    }
    expect_text(g, TEXT);
    assert_string_equal(g->first->next->module, "fc");
    const tt_weight *w = g->inputs[0].value->weight;
    float first;
    memcpy(&first, w->data, sizeof first);
    assert_true(first == 1);
    assert_int_equal(w->bytes, 24);
    assert_int_equal(w->strides[1], 3);
    assert_true(w->is_param);
    assert_string_equal(info->model_name, "model");
    assert_string_equal(info->in_spec, "IN");
    assert_string_equal(info->torch_version, "2.13.0");
    assert_int_equal(info->n_forward_arg_names, 2);
    assert_string_equal(info->forward_arg_names[1], "five");
    assert_int_equal(info->n_guards, 1);
    assert_string_equal(info->namedtuple_fields_json, "{\"N\":{\"field_names\":[\"a\"]}}");
    tt_graph_free(g);
}

static void test_write(void **state)
{
    tt_graph *g, *h = NULL;
    tt_pt2_info *info, *info2 = NULL;

    write_archive(NULL, NULL);
    assert_int_equal(read_file(path, &g, &info), TTRT_OK);
    if (tt_pt2_write(path2, g, info) || read_file(path2, &h, &info2)) {
        print_error("%s [%s]\n", ttrt_last_error()->what, ttrt_last_error()->where);
        fail();
    }
    expect_text(h, TEXT);
    assert_string_equal(info2->out_spec, "OUT");
    assert_string_equal(info2->namedtuple_fields_json, info->namedtuple_fields_json);
    assert_string_equal(info2->guards[0], "a == b");
    for (size_t i = 0; i < 3; i++) {
        const tt_weight *a = g->inputs[i].value->weight, *b = h->inputs[i].value->weight;
        assert_int_equal(a->bytes, b->bytes);
        assert_memory_equal(a->data, b->data, a->bytes);
    }
    tt_graph_free(g);
    tt_graph_free(h);
}

/* Sizes that no node of the graph computes get nodes of their own. */
static void test_write_sizes(void **state)
{
    static const char *const text = "symbols(s0: 2..64 = 6, s1: 1.., s2: 1..)\n"
                                    "graph(%x: f32[s0,2*s1 + 1], %n: int(s2))\n"
                                    "  %1: f32[s0*(2*s1 + 1)] = aten.view.default(%x, [2*s0*s1 + s0])\n"
                                    "  %2: f32[s1,s0//4 + 1] = aten.zeros.default([s1, s0//4 + 1])\n"
                                    "  %3: f32[s0 % 4,2] = aten.zeros.default([s0 % 4, 2])\n"
                                    "  %4: f32[max(s0, s2),2] = aten.zeros.default([max(s0, s2), 2])\n"
                                    "  %5: f32[2] = aten.zeros.default([2])\n"
                                    "  aten._assert_scalar.default(s0 == 4 or s0 != s2, \"message\")\n"
                                    "  return %1, %2, %3, %4, s0 + s1 + s2\n";
    tt_graph *g, *h = NULL;
    tt_pt2_info info = {.in_spec = "", .out_spec = ""}, *info2;
    tt_str a = {0}, b = {0};

    assert_int_equal(tt_graph_parse(text, &g), TTRT_OK);
    if (tt_pt2_write(path2, g, &info) || read_file(path2, &h, &info2)) {
        print_error("%s [%s]\n", ttrt_last_error()->what, ttrt_last_error()->where);
        fail();
    }
    /* The same but for the new nodes. */
    for (tt_node *n = h->first, *next; n; n = next) {
        next = n->next;
        if (strncmp(n->name, "computed_size", 13) == 0)
            tt_node_remove(h, n);
        for (size_t i = 0; i < n->n_outs; i++)
            n->outs[i]->strides = NULL;
    }
    for (size_t i = 0; i < tt_dims_count(h->dims); i++)
        tt_dims_find(g->dims, tt_dims_at(h->dims, i)->name)->hint = tt_dims_at(h->dims, i)->hint;
    assert_int_equal(tt_graph_print(g, &a), TTRT_OK);
    assert_int_equal(tt_graph_print(h, &b), TTRT_OK);
    assert_string_equal(strstr(tt_str_text(&a), "%1: "), strstr(tt_str_text(&b), "%1: "));
    tt_str_dispose(&a);
    tt_str_dispose(&b);
    tt_graph_free(g);
    tt_graph_free(h);
}

static void test_write_refused(void **state)
{
    tt_graph *g;
    tt_pt2_info info = {.in_spec = "", .out_spec = ""};

    assert_int_equal(tt_graph_parse("graph(%x: f32[2] = param \"w\") return %x", &g), TTRT_OK);
    assert_int_equal(tt_pt2_write(path2, g, &info), TTRT_ERR_ARGUMENT); /* no bytes */
    tt_graph_free(g);
    assert_int_equal(tt_graph_parse("graph(%x: f32[2]) return s0", &g), TTRT_OK);
    assert_int_equal(tt_pt2_write(path2, g, &info), TTRT_ERR_UNSUPPORTED); /* nothing has that size */
    info.in_spec = NULL;
    assert_int_equal(tt_pt2_write(path2, g, &info), TTRT_ERR_ARGUMENT);
    tt_graph_free(g);
}

/* `text` of the entry with the first `from` replaced by `to`. */
static void write_changed(const char *name, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *changed = malloc(strlen(text) + strlen(to) + 1);
    sprintf(changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    replace_quotes(changed);
    write_archive(name, changed);
    free(changed);
}

static void expect_refused(const char *label, ttrt_status wanted, const char *what)
{
    tt_graph *g;
    tt_pt2_info *info;
    ttrt_status status = read_file(path, &g, &info);
    if (status != wanted || strstr(ttrt_last_error()->what, what) == NULL) {
        print_error("%s: %s, %s; expected '%s'\n", label, ttrt_status_name(status),
                    status ? ttrt_last_error()->what : "", what);
        fail();
    }
    assert_true(ttrt_last_error()->where[0] != 0);
}

static void test_bad_json(void **state)
{
    static const struct {
        const char *from, *to;
        ttrt_status status;
        const char *what;
    } cases[] = {
        {"'major':8", "'major':9", TTRT_ERR_VERSION, "export schema 9.20 (PyTorch 2.13.0), expected 8.x"},
        {"'major':8", "'major':7", TTRT_ERR_VERSION, "export schema 7.20"},
        {"'verifiers':", "'news':{'a':1},'verifiers':", TTRT_ERR_FORMAT,
         "member \"news\" belongs to a newer schema than 8.20"},
        {"'persistent':true", "'persistent':1", TTRT_ERR_FORMAT,
         "input_specs[1].buffer.persistent: true or false wanted"},
        {"'dtype':7", "'dtype':77", TTRT_ERR_FORMAT, "no scalar type has the number 77"},
        {"'layout':7", "'layout':1", TTRT_ERR_UNSUPPORTED, "tensor 'p_w' is not strided"},
        {"'layout':7", "'layout':99", TTRT_ERR_FORMAT, "no layout has the number 99"},
        {"'arg':{'as_int':0}", "'arg':{'as_thing':0}", TTRT_ERR_FORMAT, "unknown kind of argument \"as_thing\""},
        {"'arg':{'as_int':0}", "'arg':{'as_int':0,'as_none':true}", TTRT_ERR_FORMAT, "nodes[0].inputs[1].arg"},
        {"'arg':{'as_int':0}", "'arg':{'as_custom_obj':{'name':'a','class_fqn':'b'}}", TTRT_ERR_UNSUPPORTED,
         "an argument of the kind as_custom_obj"},
        {"'arg':{'as_int':0}", "'arg':{'as_tensor':{'name':'mm'}}", TTRT_ERR_FORMAT,
         "value \"mm\" is used before node 2 defines it: a cycle"},
        {"'name':'dim'", "'name':'dimension'", TTRT_ERR_FORMAT, "aten.sym_size.int takes no argument \"dimension\""},
        {"'name':'dim'", "'name':'self'", TTRT_ERR_FORMAT, "gets its argument \"self\" twice"},
        {"{'name':'dim','arg':{'as_int':0},'kind':1}", "{'name':'self','arg':{'as_int':0},'kind':1}", TTRT_ERR_FORMAT,
         "twice"},
        {"{'as_tensor':{'name':'add_'}}", "{'as_tensor':{'name':'x'}}", TTRT_ERR_FORMAT,
         "a second value is named \"x\""},
        {"{'as_tensor':{'name':'add_'}}", "{'as_tensor':{'name':'nowhere'}}", TTRT_ERR_FORMAT,
         "\"nowhere\" is not in tensor_values"},
        {"{'as_sym_int':{'as_name':'size'}}],'metadata'", "{'as_sym_int':{'as_name':'length'}}],'metadata'",
         TTRT_ERR_FORMAT, "\"length\" is not in sym_int_values"},
        {"positive=True", "positive=", TTRT_ERR_FORMAT, "no name"},
        {"'min_val':1", "'min_val':9", TTRT_ERR_FORMAT, "the range of s0 is empty: 9 to 8"},
        {"'constant_input'", "'custom_obj'", TTRT_ERR_UNSUPPORTED, "input 4 of the program is a custom object"},
        {"'constant_input'", "'gadget'", TTRT_ERR_FORMAT, "unknown kind of input \"gadget\""},
        {"'user_output'", "'loss_output'", TTRT_ERR_UNSUPPORTED, "output 0 of the program is a loss_output"},
        {"'user_output'", "'gadget'", TTRT_ERR_FORMAT, "unknown kind of output \"gadget\""},
        {"'fqn':''", "'fqn':'a'", TTRT_ERR_FORMAT, "no entry for the whole program"},
        {"'parameter_name':'fc.w'", "'parameter_name':'fc.z'", TTRT_ERR_FORMAT,
         "the archive holds no bytes for 'fc.z'"},
        {"'parameter_name':'fc.w'", "'parameter_name':'k'", TTRT_ERR_FORMAT,
         "weight 'k' has another data type or shape than value 'p_w'"},
        {"'expr_str':'Symbol", "'expr_str':'Gamma", TTRT_ERR_UNSUPPORTED, "'Gamma' in the expression"},
        {"'nodes':[", "'nodes':{}, 'old':[", TTRT_ERR_FORMAT, "member \"old\" belongs to a newer schema"},
        {"'nodes':[", "'nodes':[1,", TTRT_ERR_FORMAT, "graph_module.graph.nodes[0]: an object wanted"},
        {"{'graph_module'", "{'graph_module", TTRT_ERR_FORMAT, "bad JSON"},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        write_changed("models/model.json", MODEL, cases[i].from, cases[i].to);
        expect_refused(cases[i].to, cases[i].status, cases[i].what);
    }
}

static void test_bad_weights(void **state)
{
    static const struct {
        const char *from, *to;
        ttrt_status status;
        const char *what;
    } cases[] = {
        {"'use_pickle':false", "'use_pickle':true", TTRT_ERR_UNSUPPORTED, "'fc.w' is stored as a pickle"},
        {"'weight_0'", "'../weight_0'", TTRT_ERR_FORMAT, "the archive has no entry data/weights/../weight_0"},
        {"'storage_offset':{'as_int':0}", "'storage_offset':{'as_int':1}", TTRT_ERR_FORMAT,
         "weight 'fc.w' reaches beyond the 24 bytes"},
        {"'storage_offset':{'as_int':0}", "'storage_offset':{'as_int':-1}", TTRT_ERR_FORMAT,
         "weight 'fc.w' reaches beyond the 24 bytes"},
        {"{'as_int':1},{'as_int':3}]", "{'as_int':9223372036854775807},{'as_int':3}]", TTRT_ERR_FORMAT,
         "reaches beyond"},
        {"{'as_int':1},{'as_int':3}]", "{'as_int':-1},{'as_int':3}]", TTRT_ERR_FORMAT, "dimension 3 with stride -1"},
        {"{'as_int':1},{'as_int':3}]", "{'as_int':1}]", TTRT_ERR_FORMAT, "1 strides for 2 dimensions"},
        {"{'as_int':3},{'as_int':2}]", "{'as_int':2},{'as_int':3}]", TTRT_ERR_FORMAT, "another data type or shape"},
        {"'config'", "'configs'", TTRT_ERR_FORMAT, "member \"configs\" belongs to a newer schema"},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        write_changed("data/weights/model_weights_config.json", WEIGHTS, cases[i].from, cases[i].to);
        expect_refused(cases[i].to, cases[i].status, cases[i].what);
    }
}

static void test_bad_archive(void **state)
{
    static const struct {
        const char *name, *text;
        ttrt_status status;
        const char *what;
    } cases[] = {
        {"archive_format", "pt3", TTRT_ERR_FORMAT, "archive_format is \"pt3\", expected \"pt2\""},
        {"archive_version", "1", TTRT_ERR_VERSION, "archive_version is \"1\", expected \"0\""},
        {"byteorder", "big", TTRT_ERR_UNSUPPORTED, "byteorder is \"big\""},
        {"byteorder", NULL, TTRT_ERR_FORMAT, "the entry byteorder is missing"},
        {"archive_format", NULL, TTRT_ERR_FORMAT, "without the entry archive_format"},
        {"models/model.json", NULL, TTRT_ERR_FORMAT, "no models/<name>.json"},
        {"models/model.json", "", TTRT_ERR_FORMAT, "bad JSON"},
        {"data/weights/weight_1", NULL, TTRT_ERR_FORMAT, "no entry data/weights/weight_1"},
        {"data/weights/weight_1", "1234567", TTRT_ERR_FORMAT, "weight 'n' reaches beyond the 7 bytes"},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        write_archive(cases[i].name, cases[i].text);
        expect_refused(cases[i].name, cases[i].status, cases[i].what);
    }
}

static void test_other_archives(void **state)
{
    static const struct {
        entry entries[4];
        ttrt_status status;
        const char *what;
    } cases[] = {
        {{{"serialized_exported_program.json", "{}", 0}, {"version", "3", 0}},
         TTRT_ERR_VERSION,
         "the layout of PyTorch 2.7 and older"},
        {{{"data.pkl", "x", 0}, {"constants.pkl", "x", 0}}, TTRT_ERR_UNSUPPORTED, "a TorchScript module"},
        {{{"data.pkl", "x", 0}, {"data/0", "x", 0}}, TTRT_ERR_UNSUPPORTED, "a checkpoint of torch.save"},
        {{{"archive_format", "pt2", 0},
          {"archive_version", "0", 0},
          {"byteorder", "little", 0},
          {"data/aotinductor/model/a.so", "x", 0}},
         TTRT_ERR_UNSUPPORTED,
         "a package of AOTInductor"},
        {{{"readme.txt", "x", 0}}, TTRT_ERR_FORMAT, "no .pt2 program"},
    };
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        write_entries(cases[i].entries, 1, ""); /* the first alone, at the top */
        tt_graph *g;
        tt_pt2_info *info;
        assert_int_not_equal(read_file(path, &g, &info), TTRT_OK);
        size_t n = 0;
        while (n < 4 && cases[i].entries[n].name)
            n++;
        write_entries(cases[i].entries, n, "root/");
        expect_refused(cases[i].what, cases[i].status, cases[i].what);
    }
    char *model = quoted(MODEL);
    entry two[] = {{"archive_format", "pt2", 0},
                   {"archive_version", "0", 0},
                   {"byteorder", "little", 0},
                   {"models/a.json", model, 0},
                   {"models/b.json", model, 0}};
    write_entries(two, 5, "");
    expect_refused("two models", TTRT_ERR_UNSUPPORTED, "several models, none of them named \"model\"");
    free(model);
}

/* Every byte of the model in turn cut off or exchanged: refused or read, never worse. */
static void test_mutations(void **state)
{
    char *model = quoted(MODEL), *changed = malloc(sizeof MODEL);
    static const char letters[] = "0\"{[:,x-";
    size_t n = strlen(model), read = 0;

    for (size_t i = 0; i < n; i++) {
        tt_graph *g = NULL;
        tt_pt2_info *info;
        memcpy(changed, model, n + 1);
        changed[i] = letters[i % (sizeof letters - 1)];
        if (tt_pt2_read_json(changed, n, "text", NULL, NULL, &g, &info) == TTRT_OK) {
            read++;
            tt_graph_free(g);
        }
        if (i % 16 == 0)
            assert_int_not_equal(tt_pt2_read_json(model, i, "text", NULL, NULL, &g, &info), TTRT_OK);
    }
    assert_true(read < n);
    free(model);
    free(changed);
}

static ttrt_status no_weight(void *user, const char *fqn, tt_weight *out)
{
    return tt_fail(TTRT_ERR_ARGUMENT, "no %s", fqn);
}

static void test_in_memory(void **state)
{
    char *model = quoted(MODEL);
    tt_graph *g;
    tt_pt2_info *info;

    assert_int_equal(tt_pt2_read_json(model, strlen(model), "text", NULL, NULL, &g, &info), TTRT_OK);
    assert_null(g->inputs[0].value->weight);
    tt_graph_free(g);
    assert_int_equal(tt_pt2_read_json(model, strlen(model), "text", no_weight, NULL, &g, &info), TTRT_ERR_ARGUMENT);
    assert_string_equal(ttrt_last_error()->what, "no fc.w");
    free(model);
}

/* wrap_with_set_grad_enabled is inlined; cond keeps its sub-graphs, and both are written again. */
static void test_subgraphs(void **state)
{
    static const char wrapped[] =
        "{'target':'torch.ops.higher_order.wrap_with_set_grad_enabled','inputs':[{'name':'','arg':{'as_bool':false},'"
        "kind':1},"
        "{'name':'','arg':{'as_graph':{'name':'submod_1','graph':{'inputs':[{'as_tensor':{'name':'x'}}],'outputs':[{'"
        "as_tensor':{'name':'mm'}}],"
        "'nodes':[{'target':'torch.ops.aten.neg.default','inputs':[{'name':'self','arg':{'as_tensor':{'name':'x'}},'"
        "kind':1}],"
        "'outputs':[{'as_tensor':{'name':'mm'}}],'metadata':{},'name':'mm'}],'tensor_values':{'x':" META(
            S0 "," I(3), I(3) "," I(1),
            "7") ","
                 "'mm':" META(S0 "," I(3), I(3) "," I(1),
                              "7") "},'sym_int_values':{},'sym_bool_values':{}}}},'kind':1},"
                                   "{'name':'','arg':{'as_tensor':{'name':'x'}},'kind':1}],'outputs':[{'as_tensor':{'"
                                   "name':'y'}}],'metadata':{},"
                                   "'is_hop_single_tensor_return':false,'name':'wrap'},";
    char text[sizeof MODEL + sizeof wrapped];
    tt_graph *g, *h;
    tt_pt2_info *info;

    /* The wrapper before mm, which then reads its result. */
    const char *mm = strstr(MODEL, "{'target':'torch.ops.aten.mm.default'");
    sprintf(text, "%.*s%s%s", (int)(mm - MODEL), MODEL, wrapped, mm);
    memcpy(strstr(text + (mm - MODEL) + sizeof wrapped, "'name':'x'"), "'name':'y'", 10);
    replace_quotes(text);
    write_archive("models/model.json", text);
    if (read_file(path, &g, &info)) {
        print_error("%s [%s]\n", ttrt_last_error()->what, ttrt_last_error()->where);
        fail();
    }
    tt_str s = {0};
    assert_int_equal(tt_graph_print(g, &s), TTRT_OK);
    assert_non_null(strstr(
        tt_str_text(&s), "  %mm: f32[s0,3] = aten.neg.default(%x)\n  %mm_1: f32[s0,2] = aten.mm.default(%mm, %p_w)\n"));
    tt_str_dispose(&s);
    tt_graph_free(g);

    static const char *const cond = "symbols(s0: 1..8 = 4)\n"
                                    "graph(%x: f32[s0,2], %p: b8[])\n"
                                    "  [%1: f32[s0,2]] = higher_order.cond(%p, {\n"
                                    "    graph(%y: f32[s0,2])\n"
                                    "      %z: f32[s0,2] = aten.sin.default(%y)\n"
                                    "      return %z\n"
                                    "  }, {\n"
                                    "    graph(%y: f32[s0,2])\n"
                                    "      return %y\n"
                                    "  }, [%x])\n"
                                    "  return %1\n";
    tt_pt2_info plain = {.in_spec = "", .out_spec = ""};
    assert_int_equal(tt_graph_parse(cond, &g), TTRT_OK);
    assert_int_equal(tt_pt2_write(path2, g, &plain), TTRT_OK);
    assert_int_equal(read_file(path2, &h, &info), TTRT_OK);
    expect_text(h, cond);
    tt_graph_free(g);
    tt_graph_free(h);
}

static void test_no_memory(void **state)
{
    tt_graph *g = NULL;
    tt_pt2_info *info;
    uint64_t n = 1;

    write_archive(NULL, NULL);
    for (ttrt_status status = TTRT_ERR_MEMORY; status != TTRT_OK; n++) {
        tt_alloc_fail_at(n);
        status = read_file(path, &g, &info);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
        assert_true(n < 20000);
    }
    n = 1;
    for (ttrt_status status = TTRT_ERR_MEMORY; status != TTRT_OK; n++) {
        tt_alloc_fail_at(n);
        status = tt_pt2_write(path2, g, info);
        tt_alloc_fail_at(0);
        if (status != TTRT_OK)
            assert_int_equal(status, TTRT_ERR_MEMORY);
        assert_true(n < 20000);
    }
    tt_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),          cmocka_unit_test(test_write),          cmocka_unit_test(test_write_sizes),
        cmocka_unit_test(test_write_refused), cmocka_unit_test(test_bad_json),       cmocka_unit_test(test_bad_weights),
        cmocka_unit_test(test_bad_archive),   cmocka_unit_test(test_other_archives), cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_in_memory),     cmocka_unit_test(test_subgraphs),      cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("pt2", tests, setup, teardown);
}
