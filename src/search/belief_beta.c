/* The regularised incomplete beta function, by its continued fraction
   (Abramowitz and Stegun 26.5.8) in Lentz's form. Good to 1e-12 for the
   counts that runs of tests come in. */
#include <math.h>

#include "search/belief_parts.h"

#define TERMS_MOST 10000
#define TINY 1e-300

static double
log_gamma(double x)
{
    int sign = 0;
    return lgamma_r(x, &sign);
}

static double
away_from_zero(double x)
{
    return fabs(x) < TINY ? TINY : x;
}

static double
continued_fraction(double alpha, double beta, double x)
{
    double c = 1;
    double d = 1 / away_from_zero(1 - (alpha + beta) * x / (alpha + 1));
    double value = d;
    for (int m = 1; m <= TERMS_MOST; m++) {
        double place = alpha + 2 * m;
        double even = m * (beta - m) * x / ((place - 1) * place);
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= d * c;
        double odd =
            -(alpha + m) * (alpha + beta + m) * x / (place * (place + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= d * c;
        if (fabs(d * c - 1) < 1e-14) {
            break;
        }
    }
    return value;
}

double
pb_beta_cdf(double alpha, double beta, double x)
{
    if (!(x > 0)) {
        return 0;
    }
    if (!(x < 1)) {
        return 1;
    }
    double front =
        exp(alpha * log(x) + beta * log1p(-x) + log_gamma(alpha + beta) -
            log_gamma(alpha) - log_gamma(beta));
    /* The fraction converges fast on the near side of the mean. */
    if (x < (alpha + 1) / (alpha + beta + 2)) {
        return front * continued_fraction(alpha, beta, x) / alpha;
    }
    return 1 - front * continued_fraction(beta, alpha, 1 - x) / beta;
}
