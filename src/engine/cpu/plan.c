/* A plan: the steps that compute a network for known dimensions.
 *
 *   dimensions ─► uses, what is static ─► outputs' places ─► layers in order: views, expressions, steps
 *              ─► static steps first ─► memory ─► static steps run
 *
 * Layers are met in the network's order. One that a pointwise layer will take in is passed over; the expression asks
 * for it. */
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/env.h"
#include "base/log.h"
#include "engine/cpu/memory.h"
#include "engine/cpu/plan.h"
#include "engine/cpu/kernels/copy.h"

#define STATIC_LIMIT_BYTES ((int64_t)64 << 20) /* a larger result is computed in every run instead of being kept */
#define MAX_LAZY_DEPTH     48 /* a longer chain of lazy layers is cut, so that recursion stays shallow */

int64_t tt_plan_dim(const tt_builder *b, tt_dim d)
{
    int64_t v = 0;

    return tt_dim_eval(d, b->values, &v) ? v : 0;
}

/* ---- buffers, steps ---- */

static ttrt_status add_buffer(tt_builder *b, tt_buffer buffer, int *out)
{
    tt_plan *plan = b->plan;

    TT_TRY(tt_arena_grow(plan->arena, &plan->buffers, &b->cap_buffers, (size_t)plan->n_buffers, sizeof *plan->buffers));
    *out = plan->n_buffers;
    plan->buffers[plan->n_buffers++] = buffer;
    return TTRT_OK;
}

ttrt_status tt_plan_buffer(tt_builder *b, size_t bytes, int *out)
{
    return add_buffer(b, (tt_buffer){.space = TT_SPACE_SCRATCH, .bytes = bytes ? bytes : 1}, out);
}

ttrt_status tt_plan_constant_buffer(tt_builder *b, const void *data, size_t bytes, int *out)
{
    return add_buffer(b, (tt_buffer){.space = TT_SPACE_CONST, .bytes = bytes, .data = data}, out);
}

ttrt_status tt_plan_step(tt_builder *b, const tt_layer *l, const char *kind,
                         ttrt_status (*run)(const tt_step *, const tt_run *), int n_out, int n_in, size_t scratch_bytes,
                         size_t args_bytes, tt_step **out, void *args)
{
    tt_plan *plan = b->plan;
    tt_step *s = tt_arena_alloc(plan->arena, sizeof *s);

    if (!s)
        return TTRT_ERR_MEMORY;
    *s = (tt_step){
        .run = run, .kind = kind, .name = l->name ? l->name : "", .n_out = n_out, .n_in = n_in, .scratch = {-1, 0}};
    s->out = tt_arena_array(plan->arena, (size_t)(n_out + n_in) + 1, sizeof *s->out);
    void *a = tt_arena_alloc(plan->arena, args_bytes ? args_bytes : 1);
    if (!s->out || !a)
        return TTRT_ERR_MEMORY;
    s->in = s->out + n_out;
    s->args = a;
    *(void **)args = a;
    if (scratch_bytes)
        TT_TRY(tt_plan_buffer(b, scratch_bytes, &s->scratch.buffer));
    TT_TRY(tt_arena_grow(plan->arena, &plan->steps, &b->cap_steps, (size_t)plan->n_steps, sizeof *plan->steps));
    plan->steps[plan->n_steps++] = s;
    *out = s;
    return TTRT_OK;
}

ttrt_status tt_plan_allocate(tt_builder *b, const tt_tensor *t, const int *order, tt_place **out)
{
    tt_place *p = tt_place_of(b, t);
    tt_view row_major;

    tt_view_contiguous(&row_major, t->dtype, p->rank, p->dims);
    tt_view_ordered(&p->view, t->dtype, p->rank, p->dims, order);
    if (p->forced && (!order || tt_view_is_contiguous(&p->view))) {
        p->view = row_major;
        p->at = p->want;
    } else {
        p->at.offset = 0;
        TT_TRY(tt_plan_buffer(b, (size_t)tt_view_count(&p->view) * ttrt_dtype_size(t->dtype), &p->at.buffer));
    }
    p->ready = true;
    *out = p;
    return TTRT_OK;
}

/* ---- copies ---- */

typedef struct copy_args {
    tt_view dst, src;
} copy_args;

static ttrt_status run_copy(const tt_step *s, const tt_run *r)
{
    const copy_args *a = s->args;

    tt_copy_run(r->kernels, r->threads, &a->dst, tt_at(r, s->out[0]), &a->src, tt_at(r, s->in[0]));
    return TTRT_OK;
}

ttrt_status tt_plan_copy_to(tt_builder *b, const tt_tensor *t, const tt_place *from, tt_operand to, const tt_view *view)
{
    tt_step *s;
    copy_args *a;
    tt_layer input = {.name = t->name};

    TT_TRY(tt_plan_step(b, t->layer ? t->layer : &input, "copy", run_copy, 1, 1, 0, sizeof *a, &s, &a));
    a->src = from->view;
    a->dst = *view;
    s->in[0] = from->at;
    s->out[0] = to;
    return TTRT_OK;
}

/* Moves a ready place into a fresh buffer with dense strides in `order`. Later readers see the new one. */
static ttrt_status relayout(tt_builder *b, const tt_tensor *t, tt_place *p, const int *order)
{
    tt_view view;
    tt_operand to = {0};

    tt_view_ordered(&view, p->view.dtype, p->view.rank, p->view.dims, order);
    TT_TRY(tt_plan_buffer(b, (size_t)tt_view_count(&view) * ttrt_dtype_size(view.dtype), &to.buffer));
    TT_TRY(tt_plan_copy_to(b, t, p, to, &view));
    b->plan->steps[b->plan->n_steps - 1]->is_static = p->is_static;
    p->at = to;
    p->view = view;
    return TTRT_OK;
}

ttrt_status tt_plan_contiguous(tt_builder *b, const tt_tensor *t, tt_place **out)
{
    TT_TRY(tt_plan_materialize(b, t, out));
    return tt_view_is_contiguous(&(*out)->view) ? TTRT_OK : relayout(b, t, *out, NULL);
}

void tt_channels_last_order(int rank, int *order)
{
    order[0] = 0;
    for (int i = 2; i < rank; i++)
        order[i - 1] = i;
    order[rank - 1] = 1;
}

ttrt_status tt_plan_channels_last(tt_builder *b, const tt_tensor *t, tt_place **out)
{
    int order[TT_CPU_RANK];
    tt_view dense;

    TT_TRY(tt_plan_materialize(b, t, out));
    tt_place *p = *out;
    tt_channels_last_order(p->rank, order);
    tt_view_ordered(&dense, t->dtype, p->rank, p->dims, order);
    bool same = true;
    for (int i = 0; i < p->rank; i++)
        same &= p->dims[i] == 1 || p->view.strides[i] == dense.strides[i];
    if (same || tt_view_count(&dense) == 0) {
        p->view = dense; /* strides of dimensions of 1 made regular */
        return TTRT_OK;
    }
    return relayout(b, t, p, order);
}

/* ---- views ---- */

static ttrt_status plan_reshape(tt_builder *b, const tt_layer *l, tt_place *to)
{
    const tt_tensor *x = l->in[0];
    tt_place *from = tt_place_of(b, x);

    /* An output's place is handed down to what makes it. */
    if (to->forced && !from->ready && !from->forced && from->uses == 1) {
        from->forced = true;
        from->want = to->want;
    }
    TT_TRY(tt_plan_materialize(b, x, &from));
    if (!tt_view_reshape(&from->view, to->rank, to->dims, &to->view)) {
        TT_TRY(tt_plan_contiguous(b, x, &from));
        tt_view_contiguous(&to->view, x->dtype, to->rank, to->dims);
    }
    to->at = from->at;
    return TTRT_OK;
}

static void view_transpose(const tt_transpose_attrs *a, const tt_place *from, tt_place *to)
{
    for (int i = 0; i < to->rank; i++)
        to->view.strides[i] = from->view.strides[a->permutation.v[i]];
}

static void view_expand(const tt_place *from, tt_place *to)
{
    for (int i = 0; i < to->rank; i++)
        to->view.strides[i] = from->dims[i] == 1 && to->dims[i] != 1 ? 0 : from->view.strides[i];
}

static ttrt_status view_slice(tt_builder *b, const tt_layer *l, const tt_place *from, tt_place *to)
{
    const tt_slice_attrs *a = &l->attrs.slice;
    int64_t offset = 0;

    for (int i = 0; i < to->rank; i++) {
        int64_t start = tt_plan_dim(b, a->start.v[i]), stride = a->stride.v[i], n = to->dims[i],
                last = start + (n - 1) * stride;

        if (n > 0 && (start < 0 || start >= from->dims[i] || last < 0 || last >= from->dims[i]))
            TT_FAIL(TTRT_ERR_SHAPE, "slice '%s': items %lld to %lld of dimension %d, which has %lld",
                    l->name ? l->name : "", (long long)start, (long long)last, i, (long long)from->dims[i]);
        offset += n > 0 ? start * from->view.strides[i] : 0;
        to->view.strides[i] = from->view.strides[i] * stride;
    }
    to->at.offset += offset * (int64_t)ttrt_dtype_size(to->view.dtype);
    return TTRT_OK;
}

bool tt_layer_is_view(const tt_layer *l)
{
    return l->kind == TT_LAYER_RESHAPE || l->kind == TT_LAYER_TRANSPOSE || l->kind == TT_LAYER_EXPAND ||
           l->kind == TT_LAYER_SLICE;
}

static ttrt_status plan_view(tt_builder *b, const tt_layer *l)
{
    tt_place *to = tt_place_of(b, l->out[0]), *from;

    to->view.dtype = l->out[0]->dtype;
    to->view.rank = to->rank;
    memcpy(to->view.dims, to->dims, sizeof to->dims);
    if (l->kind == TT_LAYER_RESHAPE) {
        TT_TRY(plan_reshape(b, l, to));
    } else {
        TT_TRY(tt_plan_materialize(b, l->in[0], &from));
        to->at = from->at;
        if (l->kind == TT_LAYER_TRANSPOSE)
            view_transpose(&l->attrs.transpose, from, to);
        else if (l->kind == TT_LAYER_EXPAND)
            view_expand(from, to);
        else
            TT_TRY(view_slice(b, l, from, to));
    }
    to->ready = true;
    return TTRT_OK;
}

static ttrt_status plan_constant(tt_builder *b, const tt_layer *l)
{
    const tt_net_weights *w = &l->attrs.constant.weights;
    tt_place *p = tt_place_of(b, l->out[0]);

    p->at.offset = 0;
    TT_TRY(tt_plan_constant_buffer(b, w->data, w->bytes, &p->at.buffer));
    tt_view_contiguous(&p->view, l->out[0]->dtype, p->rank, p->dims);
    p->ready = true;
    return TTRT_OK;
}

/* ---- layers ---- */

static const tt_plan_fn planners[TT_LAYER_COUNT] = {
#define STEP(kind, KIND) [TT_LAYER_##KIND] = tt_plan_##kind,
#include "engine/cpu/steps/steps.def"
#undef STEP
};

bool tt_layer_has_step(tt_layer_kind kind) { return planners[kind] != NULL; }

static ttrt_status plan_layer(tt_builder *b, const tt_layer *l, const tt_tensor *t)
{
    if (l->kind == TT_LAYER_CONSTANT)
        return plan_constant(b, l);
    if (tt_layer_is_view(l))
        return plan_view(b, l);
    if (tt_layer_is_pointwise(l))
        return tt_plan_expression(b, t);
    if (tt_layer_takes_epilogue(l))
        return tt_plan_product(b, l, NULL);
    if (planners[l->kind])
        return planners[l->kind](b, l);
    TT_FAIL(TTRT_ERR_UNSUPPORTED, "engine cpu has no step for layer %s '%s'", tt_layer_info_of(l->kind)->name,
            l->name ? l->name : "");
}

ttrt_status tt_plan_materialize(tt_builder *b, const tt_tensor *t, tt_place **out)
{
    tt_place *p = tt_place_of(b, t);

    if (!p->ready) {
        int first = b->plan->n_steps;

        TT_INVARIANT(t->layer);
        TT_TRY(plan_layer(b, t->layer, t));
        TT_INVARIANT(p->ready);
        for (int i = first; i < b->plan->n_steps; i++)
            if (p->is_static)
                b->plan->steps[i]->is_static = true;
    }
    *out = p;
    return TTRT_OK;
}

/* ---- before: dimensions, uses, what is static ---- */

static ttrt_status bind_dims(tt_builder *b, const tt_tensor *t)
{
    tt_place *p = tt_place_of(b, t);
    int64_t count;

    p->rank = t->rank;
    for (int i = 0; i < t->rank; i++)
        if (!tt_dim_eval(t->dims[i], b->values, &p->dims[i]) || p->dims[i] < 0) {
            tt_str text = {0};
            tt_dim_print(&text, t->dims[i]);
            tt_fail(TTRT_ERR_SHAPE, "tensor '%s': dimension %d, %s, has no value for these input shapes",
                    t->name ? t->name : "", i, tt_str_text(&text));
            tt_str_dispose(&text);
            return TTRT_ERR_SHAPE;
        }
    if (!tt_count_elems(p->dims, (size_t)p->rank, &count) || count > INT64_MAX / 64)
        TT_FAIL(TTRT_ERR_SHAPE, "tensor '%s' has too many elements", t->name ? t->name : "");
    return TTRT_OK;
}

static bool depends_on_shapes_alone(tt_builder *b, const tt_layer *l)
{
    for (int i = 0; i < l->n_in; i++)
        if (!tt_place_of(b, l->in[i])->is_static)
            return false;
    if (l->kind == TT_LAYER_CONSTANT)
        return true;
    for (int i = 0; i < l->n_out; i++) {
        const tt_place *p = tt_place_of(b, l->out[i]);
        int64_t count = (int64_t)ttrt_dtype_size(l->out[i]->dtype);

        for (int d = 0; d < p->rank; d++)
            count *= p->dims[d];
        if (count > STATIC_LIMIT_BYTES && !tt_layer_is_view(l))
            return false;
    }
    return true;
}

static ttrt_status prepare(tt_builder *b)
{
    const tt_network *net = b->net;

    for (int i = 0; i < net->n_inputs; i++)
        TT_TRY(bind_dims(b, net->inputs[i]));
    TT_EACH_LAYER (net, l) {
        for (int i = 0; i < l->n_out; i++)
            TT_TRY(bind_dims(b, l->out[i]));
        bool is_static = depends_on_shapes_alone(b, l);
        for (int i = 0; i < l->n_out; i++)
            tt_place_of(b, l->out[i])->is_static = is_static;
        for (int i = 0; i < l->n_in; i++) {
            tt_place *p = tt_place_of(b, l->in[i]);
            p->uses++;
            p->consumer = l;
        }
    }
    for (int i = 0; i < net->n_outputs; i++) {
        tt_place *p = tt_place_of(b, net->outputs[i]);
        p->uses++;
        p->consumer = NULL;
    }
    return TTRT_OK;
}

static ttrt_status place_inputs(tt_builder *b)
{
    for (int i = 0; i < b->net->n_inputs; i++) {
        const tt_tensor *t = b->net->inputs[i];
        tt_place *p = tt_place_of(b, t);

        tt_view_contiguous(&p->view, t->dtype, p->rank, p->dims);
        TT_TRY(add_buffer(b, (tt_buffer){.space = TT_SPACE_INPUT, .index = i}, &p->at.buffer));
        p->ready = true;
    }
    return TTRT_OK;
}

/* The first time a tensor is an output, it is made there; inputs, constants and repeated outputs are copied at the end.
 */
static ttrt_status place_outputs(tt_builder *b)
{
    tt_plan *plan = b->plan;

    plan->n_outputs = b->net->n_outputs;
    plan->outputs = tt_arena_array(plan->arena, (size_t)plan->n_outputs + 1, sizeof *plan->outputs);
    b->output_buffers = tt_arena_array(plan->arena, (size_t)plan->n_outputs + 1, sizeof *b->output_buffers);
    if (!plan->outputs || !b->output_buffers)
        return TTRT_ERR_MEMORY;
    for (int i = 0; i < plan->n_outputs; i++) {
        const tt_tensor *t = b->net->outputs[i];
        tt_place *p = tt_place_of(b, t);

        tt_view_contiguous(&plan->outputs[i], t->dtype, p->rank, p->dims);
        TT_TRY(add_buffer(b, (tt_buffer){.space = TT_SPACE_OUTPUT, .index = i}, &b->output_buffers[i]));
        if (!p->ready && !p->forced && !p->is_static) {
            p->forced = true;
            p->want = (tt_operand){b->output_buffers[i], 0};
        }
    }
    return TTRT_OK;
}

static ttrt_status finish_outputs(tt_builder *b)
{
    for (int i = 0; i < b->plan->n_outputs; i++) {
        tt_place *p;

        TT_TRY(tt_plan_materialize(b, b->net->outputs[i], &p));
        if (p->at.buffer == b->output_buffers[i] && p->at.offset == 0 && tt_view_is_contiguous(&p->view))
            continue;
        TT_TRY(tt_plan_copy_to(b, b->net->outputs[i], p, (tt_operand){b->output_buffers[i], 0}, &b->plan->outputs[i]));
    }
    return TTRT_OK;
}

/* ---- the walk ---- */

/* Its only reader is a pointwise layer, or a reshape before one, that will ask for it. */
static bool is_deferred(tt_builder *b, const tt_layer *l)
{
    const tt_tensor *t = l->out[0];
    tt_place *p = tt_place_of(b, t);

    if (!(tt_layer_is_pointwise(l) || tt_layer_takes_epilogue(l) || l->kind == TT_LAYER_RESHAPE ||
          l->kind == TT_LAYER_CONSTANT))
        return false;
    if (l->kind == TT_LAYER_CONSTANT)
        return true;
    if (p->uses != 1 || !p->consumer || p->is_static != tt_place_of(b, p->consumer->out[0])->is_static)
        return false;
    for (int i = 0; i < l->n_in; i++) {
        int depth = tt_place_of(b, l->in[i])->depth + 1;
        p->depth = depth > p->depth ? depth : p->depth;
    }
    if (p->depth > MAX_LAZY_DEPTH) {
        p->depth = 0;
        return false;
    }
    const tt_layer *c = p->consumer;
    if (c->kind == TT_LAYER_RESHAPE)
        c = tt_place_of(b, c->out[0])->uses == 1 ? tt_place_of(b, c->out[0])->consumer : NULL;
    if (c && tt_layer_is_pointwise(c))
        return true;
    /* A reshaped output: what makes it writes the output's memory. */
    return p->consumer->kind == TT_LAYER_RESHAPE && tt_place_of(b, p->consumer->out[0])->forced;
}

static ttrt_status walk(tt_builder *b)
{
    TT_EACH_LAYER (b->net, l) {
        const bool is_check = l->kind == TT_LAYER_CHECK;
        bool used = is_check;

        for (int i = 0; i < l->n_out; i++)
            used |= tt_place_of(b, l->out[i])->uses > 0;
        if (!used || is_deferred(b, l))
            continue;
        tt_place *p;
        for (int i = 0; i < l->n_out; i++)
            if (is_check || tt_place_of(b, l->out[i])->uses > 0)
                TT_TRY(tt_plan_materialize(b, l->out[i], &p));
    }
    return finish_outputs(b);
}

/* Static steps first; their order among themselves stays. */
static ttrt_status sort_steps(tt_plan *plan, int *n_static)
{
    tt_step **sorted = tt_arena_array(plan->arena, (size_t)plan->n_steps + 1, sizeof *sorted);
    int n = 0;

    if (!sorted)
        return TTRT_ERR_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < plan->n_steps; i++)
            if (plan->steps[i]->is_static == (pass == 0))
                sorted[n++] = plan->steps[i];
        *n_static = pass == 0 ? n : *n_static;
    }
    plan->steps = sorted;
    return TTRT_OK;
}

/* ---- running ---- */

static void set_bases(const tt_plan *plan, char **base, char *scratch)
{
    for (int i = 0; i < plan->n_buffers; i++) {
        const tt_buffer *buffer = &plan->buffers[i];

        if (buffer->space == TT_SPACE_SCRATCH)
            base[i] = tt_address(scratch ? scratch + buffer->offset : NULL); /* without static steps there is none */
        else if (buffer->space == TT_SPACE_STATIC)
            base[i] = tt_address(plan->static_memory ? plan->static_memory + buffer->offset : NULL);
        else if (buffer->space == TT_SPACE_CONST)
            base[i] = tt_address((void *)(uintptr_t)buffer->data);
    }
}

static ttrt_status run_static(tt_plan *plan, int n_static, const tt_threads *threads)
{
    ttrt_status status = TTRT_OK;
    char *scratch = NULL;
    char **base = tt_calloc((size_t)plan->n_buffers + 1, sizeof *base);

    if (!base)
        return TTRT_ERR_MEMORY;
    if (plan->static_bytes && !(plan->static_memory = tt_alloc_aligned(plan->static_bytes)))
        status = TTRT_ERR_MEMORY;
    if (status == TTRT_OK && n_static && plan->scratch_bytes && !(scratch = tt_alloc_aligned(plan->scratch_bytes)))
        status = TTRT_ERR_MEMORY;
    if (status == TTRT_OK) {
        set_bases(plan, base, scratch);
        tt_run run = {base, tt_kernels_get(), threads};
        for (int i = 0; i < n_static && status == TTRT_OK; i++)
            status = plan->steps[i]->run(plan->steps[i], &run);
    }
    tt_free_aligned(scratch);
    tt_free(base);
    return status;
}

ttrt_status tt_plan_run(const tt_plan *plan, char **base, char *scratch, const tt_threads *threads,
                        const tt_run_options *options)
{
    tt_run run = {base, tt_kernels_get(), threads};

    set_bases(plan, base, scratch);
    for (int i = 0; i < plan->n_steps; i++) {
        const tt_step *s = plan->steps[i];
        uint64_t start = options && options->profile ? tt_time_ns() : 0;

        TT_TRY(s->run(s, &run));
        if (start) {
            char name[256];
            snprintf(name, sizeof name, "%s %s", s->kind, s->name);
            options->profile(options->profile_user, name, tt_time_ns() - start);
        }
    }
    return TTRT_OK;
}

/* ---- all of it ---- */

static ttrt_status build(tt_builder *b, int n_tensors, int *n_static)
{
    TT_TRY(prepare(b));
    TT_TRY(tt_plan_check_shapes(b, n_tensors));
    TT_TRY(place_inputs(b));
    TT_TRY(place_outputs(b));
    TT_TRY(walk(b));
    TT_TRY(sort_steps(b->plan, n_static));
    return tt_plan_place_buffers(b->plan, *n_static);
}

ttrt_status tt_plan_new(const tt_network *net, int n_tensors, const int64_t *values, const tt_threads *threads,
                        tt_plan **out)
{
    tt_arena *arena = tt_arena_new();
    tt_plan *plan = arena ? tt_arena_alloc(arena, sizeof *plan) : NULL;
    tt_builder b = {.net = net,
                    .values = values,
                    .plan = plan,
                    .kernels = tt_kernels_get(),
                    .threads = threads,
                    .n_workers = threads ? threads->n_workers : 1};
    ttrt_status status = TTRT_ERR_MEMORY;
    int n_static = 0;

    if (!plan) {
        tt_arena_free(arena);
        return TTRT_ERR_MEMORY;
    }
    plan->arena = arena;
    plan->n_workers = b.n_workers;
    plan->n_symbols = tt_dims_count(net->dims);
    plan->symbols = tt_arena_copy(arena, values, plan->n_symbols * sizeof *values);
    b.places = tt_calloc((size_t)n_tensors + 1, sizeof *b.places);
    if (b.places && (plan->symbols || !plan->n_symbols))
        status = build(&b, n_tensors, &n_static);
    tt_free(b.places);
    if (status == TTRT_OK)
        status = run_static(plan, n_static, threads);
    if (status != TTRT_OK) {
        tt_plan_free(plan);
        return status;
    }
    plan->steps += n_static;
    plan->n_steps -= n_static;
    *out = plan;
    return TTRT_OK;
}

void tt_plan_free(tt_plan *plan)
{
    if (!plan)
        return;
    tt_free_aligned(plan->static_memory);
    tt_arena_free(plan->arena);
}
