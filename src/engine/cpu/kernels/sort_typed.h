/* Sorting of entries, a key with the index it came from; sort.c includes this once for each size of key. It defines
 * before F(name)   the name of a function of this size ENTRY     the entry KEY(e)    its key; KEY_BYTES of it count
 *     INDEX(e)  its index
 *     LESS(a,b) total order by key, then index        */

static void F(insertion_sort)(ENTRY *e, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        ENTRY v = e[i];
        int64_t j = i;
        for (; j > 0 && LESS(v, e[j - 1]); j--)
            e[j] = e[j - 1];
        e[j] = v;
    }
}

static void F(merge)(ENTRY *dst, const ENTRY *a, int64_t n_a, const ENTRY *b, int64_t n_b)
{
    while (n_a > 0 && n_b > 0) {
        bool second = LESS(*b, *a);
        *dst++ = second ? *b : *a;
        b += second;
        a += !second;
        n_b -= second;
        n_a -= !second;
    }
    memcpy(dst, a, (size_t)n_a * sizeof *a);
    memcpy(dst + n_a, b, (size_t)n_b * sizeof *b);
}

static ENTRY *F(merge_sort)(ENTRY *e, ENTRY *spare, int64_t n)
{
    for (int64_t i = 0; i < n; i += RUN)
        F(insertion_sort)(e + i, n - i < RUN ? n - i : RUN);
    for (int64_t width = RUN; width < n; width *= 2) {
        for (int64_t i = 0; i < n; i += 2 * width) {
            int64_t n_a = n - i < width ? n - i : width, n_b = n - i - n_a < width ? n - i - n_a : width;
            F(merge)(spare + i, e + i, n_a, e + i + n_a, n_b);
        }
        ENTRY *sorted = spare;
        spare = e;
        e = sorted;
    }
    return e;
}

static void F(sort_here)(ENTRY *e, ENTRY *spare, int64_t n)
{
    const ENTRY *sorted = F(merge_sort)(e, spare, n);

    if (sorted != e)
        memcpy(e, sorted, (size_t)n * sizeof *e);
}

/* By bytes from the lowest up; entries come in index order, which a pass keeps for equal bytes. */
static ENTRY *F(radix_sort)(ENTRY *e, ENTRY *spare, int64_t n)
{
    int64_t counts[KEY_BYTES][256] = {{0}};

    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < KEY_BYTES; b++)
            counts[b][KEY(e[i]) >> (8 * b) & 255]++;
    for (int b = 0; b < KEY_BYTES; b++) {
        int64_t *at = counts[b], start = 0;
        if (at[KEY(e[0]) >> (8 * b) & 255] == n)
            continue;
        for (int d = 0; d < 256; d++) {
            int64_t count = at[d];
            at[d] = start;
            start += count;
        }
        for (int64_t i = 0; i < n; i++)
            spare[at[KEY(e[i]) >> (8 * b) & 255]++] = e[i];
        ENTRY *sorted = spare;
        spare = e;
        e = sorted;
    }
    return e;
}

/* Returns whichever of the two holds the result. */
static ENTRY *F(sort)(ENTRY *e, ENTRY *spare, int64_t n)
{
    return n < RADIX_FROM ? F(merge_sort)(e, spare, n) : F(radix_sort)(e, spare, n);
}

/* The k least, sorted. Candidates gather in a buffer behind the best k so far; when it is full, sorting it gives a new
 * bound. */
static ENTRY *F(least)(ENTRY *e, ENTRY *spare, int64_t n, int64_t k)
{
    const int64_t room = k + (k > 64 ? k : 64);

    if (2 * room > n)
        return F(sort)(e, spare, n);
    /* Candidates replace entries that are read already: e[0 .. held) never passes e[i]. */
    F(sort_here)(e, spare, room);
    int64_t held = k;
    for (int64_t i = room; i < n; i++) {
        if (!LESS(e[i], e[k - 1]))
            continue;
        e[held++] = e[i];
        if (held == room) {
            F(sort_here)(e, spare, room);
            held = k;
        }
    }
    F(sort_here)(e, spare, held);
    return e;
}

static void F(sort_row)(const sort_job *job, const char *src, char *values, int64_t *index, void *scratch)
{
    const int64_t n = job->n;
    ENTRY *e = scratch;

    F(make_entries)(job, src, e);
    e = F(least)(e, e + n, n, job->k);
    for (int64_t j = 0; j < job->k && values; j++)
        copy_element(values + j * job->values_step, src + (int64_t)INDEX(e[j]) * job->src_step, job->size);
    for (int64_t j = 0; j < job->k && index; j++)
        index[j * job->index_step] = (int64_t)INDEX(e[j]);
}
