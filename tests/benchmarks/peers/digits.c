/* A net of one hidden layer (relu) with the cross-entropy of a class, in plain C with static sizes D, H, O and BATCH.

   Weights stand input by input, so that the inner loops of both directions run along neighbouring numbers. */

#include <math.h>
#include <string.h>

typedef struct {
    _Alignas(64) double u[D][H], b[H], w[H][O], c[O];
} Net;

/* Turn the scores z into the error signals (softmax - one-hot) times weight, and return the loss. */
static inline double signals(double *restrict z, long long class, double weight) {
    double top = z[0], sum = 0.0, own = z[class];
    for (int k = 1; k < O; k++) top = z[k] > top ? z[k] : top;
    for (int k = 0; k < O; k++) sum += z[k] = exp(z[k] - top);
    for (int k = 0; k < O; k++) z[k] *= weight / sum;
    z[class] -= weight;
    return log(sum) + top - own;
}

static inline double step(Net *restrict p, const double *restrict x, long long class, double rate) {
    double a[H], z[O], da[H];
    for (int j = 0; j < H; j++) a[j] = p->b[j];
    for (int i = 0; i < D; i++)
        for (int j = 0; j < H; j++) a[j] += p->u[i][j] * x[i];
    for (int j = 0; j < H; j++) a[j] = a[j] > 0.0 ? a[j] : 0.0;
    for (int k = 0; k < O; k++) z[k] = p->c[k];
    for (int j = 0; j < H; j++)
        for (int k = 0; k < O; k++) z[k] += p->w[j][k] * a[j];
    double loss = signals(z, class, rate);
    for (int j = 0; j < H; j++) {
        double s = 0.0;
        for (int k = 0; k < O; k++) {
            s += p->w[j][k] * z[k];
            p->w[j][k] -= a[j] * z[k];
        }
        da[j] = a[j] > 0.0 ? s : 0.0;
    }
    for (int k = 0; k < O; k++) p->c[k] -= z[k];
    for (int i = 0; i < D; i++)
        for (int j = 0; j < H; j++) p->u[i][j] -= x[i] * da[j];
    for (int j = 0; j < H; j++) p->b[j] -= da[j];
    return loss;
}

/* out[e] = bias + in[e] w for the rows of a batch, FOUR rows and TILE outputs at a time. */
enum { FOUR = 4, TILE = H % 32 ? H : 32 };

static void hidden(const Net *restrict p, const double *const *restrict x, double (*restrict a)[H]) {
    for (int e = 0; e < BATCH; e += FOUR)
        for (int j = 0; j < H; j += TILE) {
            double s[FOUR][TILE];
            for (int k = 0; k < FOUR; k++)
                for (int l = 0; l < TILE; l++) s[k][l] = p->b[j + l];
            for (int i = 0; i < D; i++)
                for (int k = 0; k < FOUR; k++)
                    for (int l = 0; l < TILE; l++) s[k][l] += x[e + k][i] * p->u[i][j + l];
            for (int k = 0; k < FOUR; k++)
                for (int l = 0; l < TILE; l++) a[e + k][j + l] = s[k][l] > 0.0 ? s[k][l] : 0.0;
        }
}

static void update_hidden(Net *restrict p, const double *const *restrict x, const double (*restrict da)[H]) {
    for (int i = 0; i < D; i += FOUR)
        for (int j = 0; j < H; j += TILE) {
            double s[FOUR][TILE] = {{0.0}};
            for (int e = 0; e < BATCH; e++)
                for (int k = 0; k < FOUR; k++)
                    for (int l = 0; l < TILE; l++) s[k][l] += x[e][i + k] * da[e][j + l];
            for (int k = 0; k < FOUR; k++)
                for (int l = 0; l < TILE; l++) p->u[i + k][j + l] -= s[k][l];
        }
    for (int e = 0; e < BATCH; e++)
        for (int j = 0; j < H; j++) p->b[j] -= da[e][j];
}

static double batch(Net *restrict p, const double *X, const long long *classes, const long long *order, double rate) {
    static double a[BATCH][H], da[BATCH][H], z[BATCH][O];
    const double *x[BATCH];
    double loss = 0.0;
    for (int e = 0; e < BATCH; e++) x[e] = X + order[e] * D;
    hidden(p, x, a);
    for (int e = 0; e < BATCH; e++) {
        for (int k = 0; k < O; k++) z[e][k] = p->c[k];
        for (int j = 0; j < H; j++)
            for (int k = 0; k < O; k++) z[e][k] += p->w[j][k] * a[e][j];
        loss += signals(z[e], classes[order[e]], rate / BATCH);
        for (int j = 0; j < H; j++) {
            double s = 0.0;
            for (int k = 0; k < O; k++) s += p->w[j][k] * z[e][k];
            da[e][j] = a[e][j] > 0.0 ? s : 0.0;
        }
    }
    for (int j = 0; j < H; j++) {
        double s[O] = {0.0};
        for (int e = 0; e < BATCH; e++)
            for (int k = 0; k < O; k++) s[k] += a[e][j] * z[e][k];
        for (int k = 0; k < O; k++) p->w[j][k] -= s[k];
    }
    for (int e = 0; e < BATCH; e++)
        for (int k = 0; k < O; k++) p->c[k] -= z[e][k];
    update_hidden(p, x, da);
    return loss / BATCH;
}

/* Gradient descent, BATCH rows a step. */
void train(Net *p, const double *X, const long long *classes, const long long *order, long steps, double rate) {
    for (long t = 0; t < steps; t++)
        if (BATCH == 1)
            step(p, X + order[t] * D, classes[order[t]], rate);
        else
            batch(p, X, classes, order + t * BATCH, rate);
}
