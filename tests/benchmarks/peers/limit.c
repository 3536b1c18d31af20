/* The gradient of small.c as far as a compiler can be led by hand: vectors of eight rows, tiles that fill the
   registers, and sums over the rows of eight numbers at once. Vector types are an extension of GCC and Clang. */

#include <string.h>

enum { D = 2, H = 16, G = 16, V = 4, LANES = 8 * V };

typedef double lane __attribute__((vector_size(64)));
typedef long long place __attribute__((vector_size(64)));
typedef struct {
    _Alignas(64) double u[D][H], b[H], v[H][G], c[G], w[G], d;
} Net;

#if defined(__clang__)
#define PICK(x, y, a, b, c, d, e, f, g, h) __builtin_shufflevector(x, y, a, b, c, d, e, f, g, h)
#else
#define PICK(x, y, a, b, c, d, e, f, g, h) __builtin_shuffle(x, y, (place){a, b, c, d, e, f, g, h})
#endif

static inline double sum(lane v) {
    double s = 0.0;
    for (int i = 0; i < 8; i++) s += v[i];
    return s;
}

/* The sums of eight vectors, as one vector. */
static inline lane sums(const lane s[8]) {
    lane t[4], u[2];
    for (int k = 0; k < 4; k++)
        t[k] = PICK(s[2 * k], s[2 * k + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
               PICK(s[2 * k], s[2 * k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    for (int k = 0; k < 2; k++)
        u[k] = PICK(t[2 * k], t[2 * k + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
               PICK(t[2 * k], t[2 * k + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return PICK(u[0], u[1], 0, 1, 2, 3, 8, 9, 10, 11) + PICK(u[0], u[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

/* x where a > 0, else 0. */
static inline lane where_positive(lane a, lane x) { return (lane)((a > 0.0) & (place)x); }

static inline void add_to(double *g, lane x) {
    lane t;
    memcpy(&t, g, sizeof t);
    t += x;
    memcpy(g, &t, sizeof t);
}

/* z[j] = bias[j] + sum over i of w[i][j] a[i], four outputs at a time; where `mask` is given, only where it is > 0. */
static inline void product(int n, int m, const double *restrict w, int along_i, int along_j,
                           const double *restrict bias, lane (*a)[V], lane (*mask)[V], lane (*z)[V]) {
    for (int j = 0; j < m; j += 4) {
        lane s[4][V];
        for (int k = 0; k < 4; k++)
            for (int v = 0; v < V; v++) s[k][v] = (lane){0.0} + (bias ? bias[j + k] : 0.0);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 4; k++)
                for (int v = 0; v < V; v++) s[k][v] += w[i * along_i + (j + k) * along_j] * a[i][v];
        for (int k = 0; k < 4; k++)
            for (int v = 0; v < V; v++)
                z[j + k][v] = where_positive(mask ? mask[j + k][v] : s[k][v], s[k][v]);
    }
}

/* g[i][j] += sum over the rows of a[i] d[j]. */
static inline void outer(int n, int m, lane (*a)[V], lane (*d)[V], double *restrict g) {
    for (int i = 0; i < n; i += 2)
        for (int j = 0; j < m; j += 8) {
            lane s[2][8] = {{{0.0}}};
            for (int v = 0; v < V; v++)
                for (int k = 0; k < 2; k++)
                    for (int l = 0; l < 8; l++) s[k][l] += a[i + k][v] * d[j + l][v];
            for (int k = 0; k < 2; k++) add_to(g + (i + k) * m + j, sums(s[k]));
        }
}

static inline void over_rows(int m, lane (*d)[V], double *restrict g) {
    for (int j = 0; j < m; j += 8) {
        lane s[8] = {{0.0}};
        for (int v = 0; v < V; v++)
            for (int l = 0; l < 8; l++) s[l] += d[j + l][v];
        add_to(g + j, sums(s));
    }
}

static double rows(const Net *restrict p, Net *restrict g, const double *restrict X, const double *restrict Y,
                   int count, double weight) {
    lane x[D][V], y[V], a[H][V], h[G][V], r[V], da[H][V], dh[G][V], total = {0.0}, all = {0.0};
    for (int e = 0; e < LANES; e++) {
        int row = e < count ? e : 0;
        for (int i = 0; i < D; i++) ((double *)x[i])[e] = X[row * D + i];
        ((double *)y)[e] = Y[row];
    }
    product(D, H, &p->u[0][0], H, 1, p->b, x, 0, a);
    product(H, G, &p->v[0][0], G, 1, p->c, a, 0, h);
    for (int v = 0; v < V; v++) r[v] = p->d - y[v];
    for (int i = 0; i < G; i++)
        for (int v = 0; v < V; v++) r[v] += p->w[i] * h[i][v];
    for (int e = count; e < LANES; e++) ((double *)r)[e] = 0.0;
    for (int v = 0; v < V; v++) {
        total += r[v] * r[v];
        r[v] *= 2.0 * weight;
        all += r[v];
    }
    g->d += sum(all);
    for (int i = 0; i < G; i += 8) {
        lane s[8] = {{0.0}};
        for (int v = 0; v < V; v++)
            for (int l = 0; l < 8; l++) s[l] += r[v] * h[i + l][v];
        add_to(g->w + i, sums(s));
    }
    for (int j = 0; j < G; j++)
        for (int v = 0; v < V; v++) dh[j][v] = where_positive(h[j][v], r[v] * p->w[j]);
    over_rows(G, dh, g->c);
    outer(H, G, a, dh, &g->v[0][0]);
    product(G, H, &p->v[0][0], 1, G, 0, dh, a, da);
    over_rows(H, da, g->b);
    outer(D, H, x, da, &g->u[0][0]);
    return sum(total);
}

double gradient(const Net *p, Net *g, const double *X, const double *Y, long n) {
    double total = 0.0;
    memset(g, 0, sizeof *g);
    for (long k = 0; k < n; k += LANES)
        total += rows(p, g, X + k * D, Y + k, n - k < LANES ? (int)(n - k) : LANES, 1.0 / n);
    return total / n;
}
