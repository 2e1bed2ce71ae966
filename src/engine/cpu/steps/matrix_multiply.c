/* Matrix multiply: B is packed (when built, or by a step of its own), then one GEMM, or one for each batch.
 *
 * A is read where it lies as long as its rows are dense. Batches that share B and follow each other in A are rows of
 * one GEMM. */
#include <string.h>

#include "engine/cpu/kernels/gemm.h"
#include "engine/cpu/kernels/table.h"
#include "engine/cpu/steps/product.h"
#include "engine/cpu/weights.h"

typedef struct gemm_args {
    tt_gemm gemm;
    tt_step_epilogue epilogue;
    int64_t n_batches;
    const int64_t *a, *b, *c; /* bytes from the operands' start, for each batch */
    bool by_batch;            /* threads take batches, not tiles */
} gemm_args;

typedef struct batch_loop {
    const tt_step *step;
    const tt_run *run;
    const tt_epilogue *epilogue;
} batch_loop;

static void run_batch(const batch_loop *loop, int64_t i, const tt_threads *threads, int worker)
{
    const gemm_args *a = loop->step->args;
    const tt_run *r = loop->run;
    tt_gemm g = a->gemm;
    char *c = tt_at(r, loop->step->out[0]), *scratch = tt_scratch(r, loop->step);

    g.epilogue_row = i * g.m;
    tt_gemm_run(r->kernels, threads, &g, loop->epilogue ? NULL : c + a->c[i],
                (char *)tt_at(r, loop->step->in[0]) + a->a[i], (char *)tt_at(r, loop->step->in[1]) + a->b[i],
                loop->epilogue, scratch + (size_t)worker * g.scratch_bytes);
}

static void run_batches(void *ctx, int64_t begin, int64_t end, int worker)
{
    for (int64_t i = begin; i < end; i++)
        run_batch(ctx, i, NULL, worker);
}

static ttrt_status run_gemm(const tt_step *s, const tt_run *r)
{
    const gemm_args *a = s->args;
    tt_epilogue memory;
    batch_loop loop = {s, r, tt_fusion_load(s, r, &a->epilogue, &memory)};

    if (a->by_batch) {
        tt_parallel_for(r->threads, a->n_batches, 1, run_batches, &loop);
        return TTRT_OK;
    }
    for (int64_t i = 0; i < a->n_batches; i++)
        run_batch(&loop, i, r->threads, 0);
    return TTRT_OK;
}

/* ---- B ---- */

typedef struct pack_args {
    tt_pack_format format;
    tt_dtype dtype;
    int64_t k, n, row, col, n_batches, packed_bytes;
    const int64_t *from; /* bytes, for each batch */
} pack_args;

static ttrt_status run_pack(const tt_step *s, const tt_run *r)
{
    const pack_args *a = s->args;

    for (int64_t i = 0; i < a->n_batches; i++)
        tt_gemm_pack(r->kernels, r->threads, (char *)tt_at(r, s->out[0]) + i * a->packed_bytes, a->format,
                     (char *)tt_at(r, s->in[0]) + a->from[i], a->dtype, a->k, a->n, a->row, a->col);
    return TTRT_OK;
}

/* Byte offset of each batch of a view whose last two dimensions are the matrix, broadcast over `dims`. */
static ttrt_status batch_offsets(tt_builder *b, const tt_view *v, const int64_t *dims, int64_t n, const int64_t **out)
{
    int64_t *offsets = tt_arena_array(b->plan->arena, (size_t)n + 1, sizeof *offsets);
    int64_t size = (int64_t)ttrt_dtype_size(v->dtype);

    if (!offsets)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        int64_t rest = i;
        for (int d = v->rank - 3; d >= 0; d--) {
            offsets[i] += v->dims[d] == 1 ? 0 : rest % dims[d] * v->strides[d] * size;
            rest /= dims[d];
        }
    }
    *out = offsets;
    return TTRT_OK;
}

typedef struct packed {
    tt_operand at;
    tt_pack_format format;
    int64_t n_batches;      /* of B alone */
    const int64_t *offsets; /* for each batch of the result */
} packed;

static ttrt_status pack_b(tt_builder *b, const tt_layer *l, int64_t k, int64_t n, const int64_t *dims,
                          int64_t n_batches, packed *out)
{
    const tt_tensor *t = l->in[1];
    bool transposed = l->attrs.matrix_multiply.transpose_b;
    tt_place *p;
    tt_step *s;
    pack_args *a;
    int64_t *offsets = tt_arena_array(b->plan->arena, (size_t)n_batches + 1, sizeof *offsets);

    if (!offsets)
        return TTRT_ERR_MEMORY;
    out->offsets = offsets;
    out->format = tt_gemm_format_of(t->dtype);
    if (t->layer && t->layer->kind == TT_LAYER_CONSTANT && t->layer->attrs.constant.weights.format) {
        const tt_net_weights *w = &t->layer->attrs.constant.weights;
        TT_TRY(tt_pack_format_parse(w->format, &out->format));
        TT_TRY(tt_plan_constant_buffer(b, w->data, w->bytes, &out->at.buffer));
        return TTRT_OK; /* offsets are 0: packed weights have one batch */
    }
    if (out->format == TT_PACK_NONE) /* narrow integers are widened when an engine is built */
        TT_FAIL(TTRT_ERR_FORMAT, "matrix multiply '%s' of %s", l->name ? l->name : "", ttrt_dtype_name(t->dtype));
    TT_TRY(tt_plan_materialize(b, t, &p));
    int64_t own_dims[TT_CPU_RANK], own = 1;
    for (int d = 0; d + 2 < p->rank; d++)
        own *= own_dims[d] = p->dims[d];
    int64_t packed_bytes = (int64_t)tt_gemm_packed_bytes(out->format, k, n);
    int first = b->plan->n_steps;
    TT_TRY(tt_plan_step(b, l, "pack", run_pack, 1, 1, 0, sizeof *a, &s, &a));
    b->plan->steps[first]->is_static = p->is_static;
    *a = (pack_args){.format = out->format,
                     .dtype = t->dtype,
                     .k = k,
                     .n = n,
                     .n_batches = own,
                     .packed_bytes = packed_bytes,
                     .row = p->view.strides[p->rank - (transposed ? 1 : 2)],
                     .col = p->view.strides[p->rank - (transposed ? 2 : 1)]};
    TT_TRY(batch_offsets(b, &p->view, own_dims, own, &a->from));
    TT_TRY(tt_plan_buffer(b, (size_t)(packed_bytes * own), &out->at.buffer));
    s->in[0] = p->at;
    s->out[0] = out->at;
    /* Where each batch of the result finds its packed one. */
    for (int64_t i = 0; i < n_batches; i++) {
        int64_t rest = i, index = 0, span = 1;
        for (int d = p->rank - 3; d >= 0; d--) {
            index += p->dims[d] == 1 ? 0 : rest % dims[d] * span;
            span *= p->dims[d];
            rest /= dims[d];
        }
        offsets[i] = index * packed_bytes;
    }
    out->n_batches = own;
    return TTRT_OK;
}

/* ---- A ---- */

/* A with dense rows: [.., m, k], k contiguous. A transposed A is copied. */
static ttrt_status place_a(tt_builder *b, const tt_layer *l, tt_place *out)
{
    tt_place *p;
    bool transposed = l->attrs.matrix_multiply.transpose_a;

    TT_TRY(tt_plan_materialize(b, l->in[0], &p));
    *out = *p;
    int r = p->rank;
    if (transposed) {
        int64_t dim = out->view.dims[r - 1], stride = out->view.strides[r - 1];
        out->view.dims[r - 1] = out->view.dims[r - 2];
        out->view.strides[r - 1] = out->view.strides[r - 2];
        out->view.dims[r - 2] = dim;
        out->view.strides[r - 2] = stride;
    }
    if (out->view.strides[r - 1] == 1 || out->view.dims[r - 1] == 1)
        return TTRT_OK;
    tt_view dense;
    tt_operand to = {0};
    tt_view_contiguous(&dense, out->view.dtype, r, out->view.dims);
    TT_TRY(tt_plan_buffer(b, (size_t)tt_view_count(&dense) * ttrt_dtype_size(dense.dtype), &to.buffer));
    TT_TRY(tt_plan_copy_to(b, l->in[0], out, to, &dense));
    b->plan->steps[b->plan->n_steps - 1]->is_static = p->is_static;
    out->at = to;
    out->view = dense;
    return TTRT_OK;
}

ttrt_status tt_plan_matrix_multiply(tt_builder *b, const tt_layer *l, const tt_fusion *f)
{
    const tt_tensor *result = f ? f->result : l->out[0];
    const tt_place *product = tt_place_of(b, l->out[0]);
    int r = product->rank;
    int64_t n_batches = 1, m = product->dims[r - 2], n = product->dims[r - 1];
    tt_place a_place, *to;
    packed bp = {0};
    tt_step *s;
    gemm_args *args;

    TT_TRY(place_a(b, l, &a_place));
    int64_t k = a_place.view.dims[r - 1], lda = a_place.view.strides[r - 2], outer;
    for (int d = 0; d + 2 < r; d++)
        n_batches *= product->dims[d];
    TT_TRY(pack_b(b, l, k, n, product->dims, n_batches, &bp));
    TT_TRY(tt_plan_allocate(b, result, NULL, &to));
    if (n_batches > 1 && bp.n_batches <= 1 && tt_view_collapse(&a_place.view, 0, r - 1, &outer) &&
        tt_view_count(&a_place.view) == n_batches * m * k) {
        m *= n_batches;
        n_batches = 1;
        lda = outer;
    }
    int first_leaf = 2;
    tt_gemm g = {.m = m,
                 .n = n,
                 .k = k,
                 .a_dtype = l->in[0]->dtype,
                 .format = bp.format,
                 .rows = {.inner = lda},
                 .c_dtype = l->out[0]->dtype,
                 .ldc = n,
                 .has_epilogue = f && !f->plain};
    bool by_batch = n_batches >= b->n_workers && n_batches > 1;
    tt_gemm_plan(b->kernels, &g, by_batch ? 1 : b->n_workers);
    TT_TRY(tt_plan_step(b, result->layer, "gemm", run_gemm, 1, first_leaf + tt_fusion_operands(f),
                        g.scratch_bytes * (size_t)(by_batch ? b->n_workers : 1), sizeof *args, &s, &args));
    args->gemm = g;
    args->n_batches = n_batches;
    args->by_batch = by_batch;
    args->b = bp.offsets;
    TT_TRY(batch_offsets(b, &a_place.view, product->dims, n_batches, &args->a));
    int64_t *c = tt_arena_array(b->plan->arena, (size_t)n_batches + 1, sizeof *c);
    if (!c)
        return TTRT_ERR_MEMORY;
    for (int64_t i = 0; i < n_batches; i++)
        c[i] = i * m * n * (int64_t)ttrt_dtype_size(g.c_dtype);
    args->c = c;
    s->out[0] = to->at;
    s->in[0] = a_place.at;
    s->in[1] = bp.at;
    tt_fusion_store(f, n, s, first_leaf, &args->epilogue);
    return TTRT_OK;
}
