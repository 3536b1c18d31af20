/* A net of two hidden layers with one output and the squared error, in plain C with static sizes.

   Weights stand input by input, so that the inner loops of both directions run along neighbouring numbers. The
   gradient of many rows works on LANES rows at a time, the number of the row innermost. */

#include <math.h>
#include <string.h>

#ifndef BATCH
#define BATCH 1
#endif

enum { D = 2, H = 16, G = 16, LANES = 16, TILE = 8 };

typedef struct {
    _Alignas(64) double u[D][H], b[H], v[H][G], c[G], w[G], d;
} Net;

#ifdef TANH
static inline double activation(double z) { return tanh(z); }
static inline double slope(double a) { return 1.0 - a * a; }
#else
static inline double activation(double z) { return z > 0.0 ? z : 0.0; }
static inline double slope(double a) { return a > 0.0 ? 1.0 : 0.0; }
#endif

/* The loss of an error d, and its derivative: d squared, but beyond a KNEE on a straight line. */
#ifdef KNEE
static inline double loss(double d) { return fabs(d) <= KNEE ? d * d : KNEE * (2.0 * fabs(d) - KNEE); }
static inline double loss_slope(double d) { return fabs(d) <= KNEE ? 2.0 * d : copysign(2.0 * KNEE, d); }
#else
static inline double loss(double d) { return d * d; }
static inline double loss_slope(double d) { return 2.0 * d; }
#endif

/* z[j] = bias[j] + sum over i of w[i][j] a[i], for LANES rows; with strides, so that it serves both directions. */
static inline void product(int n, int m, const double *restrict w, int along_i, int along_j,
                           const double *restrict bias, const double (*restrict a)[LANES],
                           double (*restrict z)[LANES]) {
    for (int j = 0; j < m; j += TILE)
        for (int e = 0; e < LANES; e++) {
            double s[TILE];
            for (int k = 0; k < TILE; k++) s[k] = bias ? bias[j + k] : 0.0;
            for (int i = 0; i < n; i++)
                for (int k = 0; k < TILE; k++) s[k] += w[i * along_i + (j + k) * along_j] * a[i][e];
            for (int k = 0; k < TILE; k++) z[j + k][e] = s[k];
        }
}

/* g[i][j] += sum over the rows of a[i] d[j]. */
static inline void outer(int n, int m, const double (*restrict a)[LANES], const double (*restrict d)[LANES],
                         double *restrict g) {
    for (int i = 0; i < n; i += 2)
        for (int j = 0; j < m; j += 4) {
            double s[2][4] = {{0.0}};
            for (int e = 0; e < LANES; e++)
                for (int k = 0; k < 2; k++)
                    for (int l = 0; l < 4; l++) s[k][l] += a[i + k][e] * d[j + l][e];
            for (int k = 0; k < 2; k++)
                for (int l = 0; l < 4; l++) g[(i + k) * m + j + l] += s[k][l];
        }
}

static inline void sums(int m, const double (*restrict d)[LANES], double *restrict g) {
    for (int j = 0; j < m; j++) {
        double s = 0.0;
        for (int e = 0; e < LANES; e++) s += d[j][e];
        g[j] += s;
    }
}

/* Add the gradient of count <= LANES rows to g, each with this weight; return the sum of their losses. */
static double rows(const Net *restrict p, Net *restrict g, const double *restrict X, const double *restrict Y,
                   int count, double weight) {
    _Alignas(64) double x[D][LANES] = {{0.0}}, a[H][LANES], h[G][LANES], r[LANES], da[H][LANES], dh[G][LANES];
    double total = 0.0, sum = 0.0;
    for (int e = 0; e < count; e++)
        for (int i = 0; i < D; i++) x[i][e] = X[e * D + i];
    product(D, H, &p->u[0][0], H, 1, p->b, x, a);
    for (int j = 0; j < H; j++)
        for (int e = 0; e < LANES; e++) a[j][e] = activation(a[j][e]);
    product(H, G, &p->v[0][0], G, 1, p->c, a, h);
    for (int j = 0; j < G; j++)
        for (int e = 0; e < LANES; e++) h[j][e] = activation(h[j][e]);
    for (int e = 0; e < LANES; e++) r[e] = p->d;
    for (int i = 0; i < G; i++)
        for (int e = 0; e < LANES; e++) r[e] += p->w[i] * h[i][e];
    for (int e = 0; e < LANES; e++) r[e] = e < count ? r[e] - Y[e] : 0.0;
    for (int e = 0; e < LANES; e++) total += loss(r[e]);
    for (int e = 0; e < LANES; e++) sum += r[e] = weight * loss_slope(r[e]);
    g->d += sum;
    for (int i = 0; i < G; i++) {
        double s = 0.0;
        for (int e = 0; e < LANES; e++) s += r[e] * h[i][e];
        g->w[i] += s;
    }
    for (int j = 0; j < G; j++)
        for (int e = 0; e < LANES; e++) dh[j][e] = r[e] * p->w[j] * slope(h[j][e]);
    sums(G, dh, g->c);
    outer(H, G, a, dh, &g->v[0][0]);
    product(G, H, &p->v[0][0], 1, G, 0, dh, da);
    for (int j = 0; j < H; j++)
        for (int e = 0; e < LANES; e++) da[j][e] *= slope(a[j][e]);
    sums(H, da, g->b);
    outer(D, H, x, da, &g->u[0][0]);
    return total;
}

/* Write the gradient of the mean loss of n rows to g, and return that loss. */
double gradient(const Net *p, Net *g, const double *X, const double *Y, long n) {
    double total = 0.0;
    memset(g, 0, sizeof *g);
    for (long k = 0; k < n; k += LANES)
        total += rows(p, g, X + k * D, Y + k, n - k < LANES ? (int)(n - k) : LANES, 1.0 / n);
    return total / n;
}

static inline void step(Net *restrict p, const double *restrict x, double y, double rate) {
    double a[H], h[G], da[H], dh[G], r = p->d - y;
    for (int j = 0; j < H; j++) a[j] = p->b[j];
    for (int i = 0; i < D; i++)
        for (int j = 0; j < H; j++) a[j] += p->u[i][j] * x[i];
    for (int j = 0; j < H; j++) a[j] = activation(a[j]);
    for (int j = 0; j < G; j++) h[j] = p->c[j];
    for (int i = 0; i < H; i++)
        for (int j = 0; j < G; j++) h[j] += p->v[i][j] * a[i];
    for (int j = 0; j < G; j++) h[j] = activation(h[j]);
    for (int i = 0; i < G; i++) r += p->w[i] * h[i];
    r = rate * loss_slope(r);
    for (int j = 0; j < G; j++) dh[j] = r * p->w[j] * slope(h[j]);
    for (int j = 0; j < G; j++) p->w[j] -= r * h[j];
    p->d -= r;
    for (int j = 0; j < G; j++) p->c[j] -= dh[j];
    for (int i = 0; i < H; i++) {
        double s = 0.0;
        for (int j = 0; j < G; j++) {
            s += p->v[i][j] * dh[j];
            p->v[i][j] -= a[i] * dh[j];
        }
        da[i] = s * slope(a[i]);
    }
    for (int i = 0; i < D; i++)
        for (int j = 0; j < H; j++) p->u[i][j] -= da[j] * x[i];
    for (int j = 0; j < H; j++) p->b[j] -= da[j];
}

static void batch(Net *restrict p, const double *X, const double *Y, const long long *order, double rate) {
    double x[BATCH][D], y[BATCH], *w = (double *)p;
    Net g = {{{0.0}}};
    for (int e = 0; e < BATCH; e++) {
        memcpy(x[e], X + order[e] * D, sizeof x[e]);
        y[e] = Y[order[e]];
    }
    for (int e = 0; e < BATCH; e += LANES) rows(p, &g, x[e], y + e, BATCH - e < LANES ? BATCH - e : LANES, rate / BATCH);
    for (size_t k = 0; k < sizeof g / sizeof *w; k++) w[k] -= ((double *)&g)[k];
}

/* Gradient descent, BATCH rows a step. */
void train(Net *p, const double *X, const double *Y, const long long *order, long steps, double rate) {
    for (long t = 0; t < steps; t++)
        if (BATCH == 1)
            step(p, X + order[t] * D, Y[order[t]], rate);
        else
            batch(p, X, Y, order + t * BATCH, rate);
}
