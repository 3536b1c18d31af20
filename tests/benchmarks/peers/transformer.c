/* One block of causal attention and a net behind it, forward and backward, and Adam, in plain C with static sizes.

   Documents have at most T tokens; weights stand row by row, a row for each output. */

#include <math.h>
#include <string.h>

enum { VOCABULARY = 27, T = 16, N = 16, HEADS = 4, S = N / HEADS, WIDE = 4 * N };

typedef struct {
    double token[VOCABULARY][N], place[T][N], q[N][N], k[N][N], v[N][N], o[N][N], wide[WIDE][N], narrow[N][WIDE],
        out[VOCABULARY][N];
} Net;

enum { COUNT = sizeof(Net) / sizeof(double) };

static inline void times(int m, int n, const double *restrict w, const double *restrict x, double *restrict y) {
    for (int j = 0; j < m; j++) {
        double s = 0.0;
        for (int i = 0; i < n; i++) s += w[j * n + i] * x[i];
        y[j] = s;
    }
}

/* dx += d w, g += d x: the way back through y = w x. */
static inline void back(int m, int n, const double *restrict w, const double *restrict x, const double *restrict d,
                        double *restrict dx, double *restrict g) {
    for (int j = 0; j < m; j++)
        for (int i = 0; i < n; i++) {
            dx[i] += d[j] * w[j * n + i];
            g[j * n + i] += d[j] * x[i];
        }
}

static inline double norm(const double *restrict x, double *restrict y) {
    double s = 0.0;
    for (int i = 0; i < N; i++) s += x[i] * x[i];
    double scale = 1.0 / sqrt(s / N + 1e-5);
    for (int i = 0; i < N; i++) y[i] = x[i] * scale;
    return scale;
}

/* dx += the way back through y = scale x. */
static inline void norm_back(const double *restrict y, double scale, const double *restrict d, double *restrict dx) {
    double s = 0.0;
    for (int i = 0; i < N; i++) s += d[i] * y[i];
    for (int i = 0; i < N; i++) dx[i] += scale * (d[i] - y[i] * s / N);
}

/* Write the gradient of the mean cross-entropy of each token's successor to g, and return that loss. */
double gradient(const Net *restrict p, Net *restrict g, const long long *tokens, int length) {
    static double e[T][N], x[T][N], a[T][N], q[T][N], k[T][N], v[T][N], w[HEADS][T][T], met[T][N], y[T][N], b[T][N],
        hidden[T][WIDE], z[T][N], scores[VOCABULARY], dx[T][N], dq[T][N], dk[T][N], dv[T][N];
    double first[T], second[T], third[T], loss = 0.0;
    memset(g, 0, sizeof *g);
    memset(dx, 0, sizeof dx);
    memset(dq, 0, sizeof dq);
    memset(dk, 0, sizeof dk);
    memset(dv, 0, sizeof dv);
    for (int t = 0; t < length; t++) {
        for (int i = 0; i < N; i++) e[t][i] = p->token[tokens[t]][i] + p->place[t][i];
        first[t] = norm(e[t], x[t]);
        second[t] = norm(x[t], a[t]);
        times(N, N, &p->q[0][0], a[t], q[t]);
        times(N, N, &p->k[0][0], a[t], k[t]);
        times(N, N, &p->v[0][0], a[t], v[t]);
        for (int h = 0; h < HEADS; h++) {
            double sum = 0.0, top = -INFINITY, *row = w[h][t];
            for (int s = 0; s <= t; s++) {
                double dot = 0.0;
                for (int i = h * S; i < h * S + S; i++) dot += q[t][i] * k[s][i];
                row[s] = dot * 0.5; /* 1/sqrt(S) */
                top = row[s] > top ? row[s] : top;
            }
            for (int s = 0; s <= t; s++) sum += row[s] = exp(row[s] - top);
            for (int s = 0; s <= t; s++) row[s] /= sum;
            for (int i = h * S; i < h * S + S; i++) met[t][i] = 0.0;
            for (int s = 0; s <= t; s++)
                for (int i = h * S; i < h * S + S; i++) met[t][i] += row[s] * v[s][i];
        }
        times(N, N, &p->o[0][0], met[t], y[t]);
        for (int i = 0; i < N; i++) y[t][i] += x[t][i];
        third[t] = norm(y[t], b[t]);
        times(WIDE, N, &p->wide[0][0], b[t], hidden[t]);
        for (int i = 0; i < WIDE; i++) hidden[t][i] = hidden[t][i] > 0.0 ? hidden[t][i] : 0.0;
        times(N, WIDE, &p->narrow[0][0], hidden[t], z[t]);
        for (int i = 0; i < N; i++) z[t][i] += y[t][i];
        times(VOCABULARY, N, &p->out[0][0], z[t], scores);

        double sum = 0.0, top = scores[0], own = scores[tokens[t + 1]];
        for (int c = 1; c < VOCABULARY; c++) top = scores[c] > top ? scores[c] : top;
        for (int c = 0; c < VOCABULARY; c++) sum += scores[c] = exp(scores[c] - top);
        loss += log(sum) + top - own;
        for (int c = 0; c < VOCABULARY; c++) scores[c] /= sum * length;
        scores[tokens[t + 1]] -= 1.0 / length;

        /* The way back to the attention, which needs this token alone. */
        double dz[N] = {0.0}, dh[WIDE] = {0.0}, db[N] = {0.0}, dmet[N] = {0.0};
        back(VOCABULARY, N, &p->out[0][0], z[t], scores, dz, &g->out[0][0]);
        back(N, WIDE, &p->narrow[0][0], hidden[t], dz, dh, &g->narrow[0][0]);
        for (int i = 0; i < WIDE; i++) dh[i] = hidden[t][i] > 0.0 ? dh[i] : 0.0;
        back(WIDE, N, &p->wide[0][0], b[t], dh, db, &g->wide[0][0]);
        norm_back(b[t], third[t], db, dz);
        back(N, N, &p->o[0][0], met[t], dz, dmet, &g->o[0][0]);
        for (int i = 0; i < N; i++) dx[t][i] += dz[i];
        for (int h = 0; h < HEADS; h++) {
            double dw[T], mean = 0.0, *row = w[h][t];
            for (int s = 0; s <= t; s++) {
                dw[s] = 0.0;
                for (int i = h * S; i < h * S + S; i++) {
                    dw[s] += dmet[i] * v[s][i];
                    dv[s][i] += row[s] * dmet[i];
                }
                mean += row[s] * dw[s];
            }
            for (int s = 0; s <= t; s++) {
                double d = 0.5 * row[s] * (dw[s] - mean);
                for (int i = h * S; i < h * S + S; i++) {
                    dq[t][i] += d * k[s][i];
                    dk[s][i] += d * q[t][i];
                }
            }
        }
    }
    for (int t = 0; t < length; t++) {
        double da[N] = {0.0}, de[N] = {0.0};
        back(N, N, &p->q[0][0], a[t], dq[t], da, &g->q[0][0]);
        back(N, N, &p->k[0][0], a[t], dk[t], da, &g->k[0][0]);
        back(N, N, &p->v[0][0], a[t], dv[t], da, &g->v[0][0]);
        norm_back(a[t], second[t], da, dx[t]);
        norm_back(x[t], first[t], dx[t], de);
        for (int i = 0; i < N; i++) {
            g->token[tokens[t]][i] += de[i];
            g->place[t][i] += de[i];
        }
    }
    return loss / length;
}

/* Adam over documents, one a step, with a rate that goes down to 0; `starts` says where each document begins. */
void train(Net *restrict p, const long long *tokens, const long long *starts, const long long *order, long steps,
           double rate, double beta1, double beta2, double eps, double *restrict losses) {
    static Net g, m, v;
    double *w = (double *)p, *dw = (double *)&g, *mean = (double *)&m, *square = (double *)&v;
    memset(&m, 0, sizeof m);
    memset(&v, 0, sizeof v);
    for (long t = 0; t < steps; t++) {
        const long long *begin = tokens + starts[order[t]];
        losses[t] = gradient(p, &g, begin, (int)(starts[order[t] + 1] - starts[order[t]] - 1));
        double now = rate * (1.0 - (double)t / steps) / (1.0 - pow(beta1, t + 1.0));
        double root = 1.0 / sqrt(1.0 - pow(beta2, t + 1.0));
        for (int i = 0; i < COUNT; i++) {
            mean[i] = beta1 * mean[i] + (1.0 - beta1) * dw[i];
            square[i] = beta2 * square[i] + (1.0 - beta2) * dw[i] * dw[i];
            w[i] -= now * mean[i] / (sqrt(square[i]) * root + eps);
        }
    }
}
