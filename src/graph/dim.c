/* The table of symbols and interned expressions. Simplification is in dim_ops.c, polynomials are in dim_poly.c. */
#include "graph/dim_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct expr_node {
    tt_expr expr; /* first: a tt_expr of this table is the head of its expr_node */
    uint64_t hash;
    size_t depth, size;
} expr_node;

static const expr_node *node_of(const tt_expr *e) { return (const expr_node *)(const void *)e; }

tt_dims *tt_dims_new(void)
{
    tt_arena *arena = tt_arena_new();
    tt_dims *t = arena ? tt_calloc(1, sizeof *t) : NULL;
    if (t == NULL) {
        tt_arena_free(arena);
        return NULL;
    }
    t->refs = 1;
    t->arena = arena;
    t->by_name = tt_map_new(arena);
    if (t->by_name == NULL) {
        tt_dims_unref(t);
        return NULL;
    }
    return t;
}

tt_dims *tt_dims_ref(tt_dims *t)
{
    t->refs++;
    return t;
}

void tt_dims_unref(tt_dims *t)
{
    if (t == NULL || --t->refs > 0)
        return;
    tt_arena_free(t->arena);
    tt_free(t);
}

size_t tt_dims_count(const tt_dims *t) { return t->n_symbols; }

tt_symbol *tt_dims_at(const tt_dims *t, size_t i) { return t->symbols[i]; }

tt_symbol *tt_dims_find(const tt_dims *t, const char *name) { return tt_map_get(t->by_name, name); }

tt_symbol *tt_dims_symbol(tt_dims *t, const char *name)
{
    tt_symbol *found = tt_dims_find(t, name);
    if (found != NULL)
        return found;
    tt_symbol *s = tt_arena_alloc(t->arena, sizeof *s);
    char *copy = tt_arena_strdup(t->arena, name);
    if (s == NULL || copy == NULL ||
        tt_arena_grow(t->arena, &t->symbols, &t->cap_symbols, t->n_symbols, sizeof *t->symbols) ||
        tt_map_put(t->by_name, name, s))
        return NULL;
    *s = (tt_symbol){
        .name = copy, .index = t->n_symbols, .min = 0, .max = TT_DIM_NO_MAX, .hint = -1, .unbacked = name[0] == 'u'};
    t->symbols[t->n_symbols++] = s;
    return s;
}

tt_dim tt_dims_fail(tt_dims *t, ttrt_status status, const char *fmt, ...)
{
    if (t->status == TTRT_OK) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(t->what, sizeof t->what, fmt, args);
        va_end(args);
        t->status = status;
    }
    return tt_dim_const(0);
}

ttrt_status tt_dims_status(tt_dims *t)
{
    ttrt_status status = t->status;
    t->status = TTRT_OK;
    if (status != TTRT_OK)
        return tt_fail(status, "%s", t->what);
    return TTRT_OK;
}

bool tt_dims_scratch_begin(tt_dims *t)
{
    if (t->scratch_users == 0)
        t->scratch = tt_arena_new();
    if (t->scratch == NULL) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return false;
    }
    t->scratch_users++;
    return true;
}

void tt_dims_scratch_end(tt_dims *t)
{
    if (--t->scratch_users == 0) {
        tt_arena_free(t->scratch);
        t->scratch = NULL;
    }
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint64_t hash_of(tt_expr_kind kind, int64_t value, const tt_symbol *symbol, const tt_expr *const *args,
                        size_t n_args)
{
    uint64_t h = mix(mix(kind + 1, (uint64_t)value), symbol ? symbol->index + 1 : 0);
    for (size_t i = 0; i < n_args; i++)
        h = mix(h, node_of(args[i])->hash);
    return h;
}

static bool same(const tt_expr *e, tt_expr_kind kind, int64_t value, const tt_symbol *symbol,
                 const tt_expr *const *args, size_t n_args)
{
    return e->kind == kind && e->value == value && e->symbol == symbol && e->n_args == n_args &&
           (n_args == 0 || memcmp(e->args, args, n_args * sizeof *args) == 0);
}

static bool grow_table(tt_dims *t)
{
    size_t cap = t->table_cap ? 2 * t->table_cap : 64;
    const tt_expr **table = tt_arena_array(t->arena, cap, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < t->table_cap; i++) {
        if (t->table[i] == NULL)
            continue;
        size_t at = node_of(t->table[i])->hash & (cap - 1);
        while (table[at] != NULL)
            at = (at + 1) & (cap - 1);
        table[at] = t->table[i];
    }
    t->table = table;
    t->table_cap = cap;
    return true;
}

static const tt_expr *add_expr(tt_dims *t, const tt_expr *expr, uint64_t hash, size_t at)
{
    size_t depth = 0, size = 1;
    for (size_t i = 0; i < expr->n_args; i++) {
        const expr_node *arg = node_of(expr->args[i]);
        depth = arg->depth > depth ? arg->depth : depth;
        size += arg->size;
    }
    if (depth + 1 > TT_DIM_MAX_DEPTH || size > TT_DIM_MAX_SIZE) {
        tt_dims_fail(t, TTRT_ERR_UNSUPPORTED, "a symbolic dimension is too large: %zu levels, %zu parts", depth + 1,
                     size);
        return NULL;
    }
    expr_node *node = tt_arena_alloc(t->arena, sizeof *node);
    const tt_expr **args =
        node && expr->n_args ? tt_arena_copy(t->arena, expr->args, expr->n_args * sizeof *args) : NULL;
    if (node == NULL || (expr->n_args > 0 && args == NULL)) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return NULL;
    }
    node->expr = *expr;
    node->expr.args = args;
    node->hash = hash;
    node->depth = depth + 1;
    node->size = size;
    t->table[at] = &node->expr;
    t->n_exprs++;
    return &node->expr;
}

const tt_expr *tt_expr_intern(tt_dims *t, tt_expr_kind kind, int64_t value, tt_symbol *symbol,
                              const tt_expr *const *args, size_t n_args)
{
    for (size_t i = 0; i < n_args; i++)
        if (args[i] == NULL)
            return NULL;
    if (t->n_exprs * 4 >= t->table_cap * 3 && !grow_table(t)) {
        tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for a symbolic dimension");
        return NULL;
    }
    uint64_t hash = hash_of(kind, value, symbol, args, n_args);
    size_t at = hash & (t->table_cap - 1);
    for (; t->table[at] != NULL; at = (at + 1) & (t->table_cap - 1))
        if (node_of(t->table[at])->hash == hash && same(t->table[at], kind, value, symbol, args, n_args))
            return t->table[at];
    tt_expr expr = {.kind = kind, .value = value, .symbol = symbol, .n_args = n_args, .args = (const tt_expr **)args};
    return add_expr(t, &expr, hash, at);
}

const tt_expr *tt_dim_expr(tt_dims *t, tt_dim d)
{
    return d.expr ? d.expr : tt_expr_intern(t, TT_EXPR_CONST, d.value, NULL, NULL, 0);
}

tt_dim tt_dim_of_expr(const tt_expr *e)
{
    if (e == NULL)
        return tt_dim_const(0);
    return e->kind == TT_EXPR_CONST ? tt_dim_const(e->value) : (tt_dim){.expr = e};
}

tt_dim tt_dim_symbol(tt_dims *t, const char *name)
{
    tt_symbol *s = tt_dims_symbol(t, name);
    if (s == NULL)
        return tt_dims_fail(t, TTRT_ERR_MEMORY, "no memory for the symbol '%s'", name);
    return tt_dim_of_expr(tt_expr_intern(t, TT_EXPR_SYMBOL, 0, s, NULL, 0));
}

bool tt_dim_is_symbol(tt_dim d, const tt_symbol **out)
{
    if (d.expr == NULL || d.expr->kind != TT_EXPR_SYMBOL)
        return false;
    if (out != NULL)
        *out = d.expr->symbol;
    return true;
}

static bool mentions(const tt_expr *e, const tt_symbol *s)
{
    if (e->kind == TT_EXPR_SYMBOL)
        return e->symbol == s;
    for (size_t i = 0; i < e->n_args; i++)
        if (mentions(e->args[i], s))
            return true;
    return false;
}

bool tt_dim_mentions(tt_dim d, const tt_symbol *s) { return d.expr && mentions(d.expr, s); }

static void each_symbol(const tt_expr *e, tt_symbol_visitor *visit, void *user)
{
    if (e->kind == TT_EXPR_SYMBOL)
        visit(user, e->symbol);
    for (size_t i = 0; i < e->n_args; i++)
        each_symbol(e->args[i], visit, user);
}

void tt_dim_each_symbol(tt_dim d, tt_symbol_visitor *visit, void *user)
{
    if (d.expr)
        each_symbol(d.expr, visit, user);
}

static void note_unbacked(void *user, const tt_symbol *s)
{
    bool *found = user;
    *found = *found || s->unbacked;
}

bool tt_dim_mentions_unbacked(tt_dim d)
{
    bool found = false;
    tt_dim_each_symbol(d, note_unbacked, &found);
    return found;
}

bool tt_expr_is_truth(const tt_expr *e)
{
    return (e->kind >= TT_EXPR_EQ && e->kind <= TT_EXPR_NOT) ||
           (e->kind == TT_EXPR_CONST && (e->value == 0 || e->value == 1));
}

/* "s2" before "s10". */
static int compare_names(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    if (na != nb)
        return na < nb ? -1 : 1;
    return strcmp(a, b);
}

int tt_expr_compare(const tt_expr *a, const tt_expr *b)
{
    if (a == b)
        return 0;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == TT_EXPR_SYMBOL)
        return compare_names(a->symbol->name, b->symbol->name);
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    for (size_t i = 0; i < a->n_args && i < b->n_args; i++) {
        int order = tt_expr_compare(a->args[i], b->args[i]);
        if (order != 0)
            return order;
    }
    return a->n_args < b->n_args ? -1 : a->n_args > b->n_args;
}
