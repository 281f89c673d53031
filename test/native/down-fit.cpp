// The fit of down matrices against the same problem solved for all experts at once, in double precision by elimination, and what has to hold
// of it besides. Prints what was found as JSON.
#include "down-fit.h"

#include "ggml-backend.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace {

constexpr int64_t N_TOKENS = 500;
constexpr int64_t N_USED   = 2;
// the third has fewer pairs than n_ff, the fourth somewhat more, the last one has none
constexpr int64_t N_EXPERT = 5;
constexpr int64_t N_FF     = 160;
constexpr int64_t N_EMBD   = 200;
constexpr double  RIDGE    = 0.3;

down_data make(std::mt19937 & random) {
    std::normal_distribution<float> normal;
    down_data data;
    data.n_tokens = N_TOKENS;
    data.n_used   = N_USED;
    data.n_ff     = N_FF;
    data.n_embd   = N_EMBD;
    data.n_expert = N_EXPERT;
    for (int64_t t = 0; t < N_TOKENS; ++t) {
        const int32_t way = (int32_t) (random()%8);
        data.experts.push_back(way == 5);
        data.experts.push_back(way < 5 ? 1 : way == 5 ? 2 : 3);
        for (int64_t i = 0; i < N_USED; ++i) {
            data.weights.push_back(0.3f + 0.5f*std::abs(normal(random)));
        }
        for (int64_t i = 0; i < N_USED*N_FF; ++i) {
            data.hidden.push_back(normal(random));
        }
        for (int64_t d = 0; d < N_EMBD; ++d) {
            data.rest.push_back(normal(random));
        }
    }
    return data;
}

// Of a token all experts' weighted inputs, one after the other.
std::vector<double> features(const down_data & data, int64_t t) {
    std::vector<double> row(N_EXPERT*N_FF, 0.0);
    for (int64_t i = 0; i < N_USED; ++i) {
        const int64_t pair = t*N_USED + i;
        for (int64_t k = 0; k < N_FF; ++k) {
            row[data.experts[pair]*N_FF + k] += (double) data.weights[pair]*data.hidden[pair*N_FF + k];
        }
    }
    return row;
}

// [n][n] . x = [n][m], by elimination with pivots
void solve(std::vector<double> & a, std::vector<double> & b, int64_t n, int64_t m) {
    for (int64_t i = 0; i < n; ++i) {
        int64_t pivot = i;
        for (int64_t r = i; r < n; ++r) {
            pivot = std::abs(a[r*n + i]) > std::abs(a[pivot*n + i]) ? r : pivot;
        }
        std::swap_ranges(a.begin() + i*n, a.begin() + (i + 1)*n, a.begin() + pivot*n);
        std::swap_ranges(b.begin() + i*m, b.begin() + (i + 1)*m, b.begin() + pivot*m);
        for (int64_t r = 0; r < n; ++r) {
            const double factor = r == i ? 0 : a[r*n + i]/a[i*n + i];
            for (int64_t c = i; c < n; ++c) {
                a[r*n + c] -= factor*a[i*n + c];
            }
            for (int64_t c = 0; c < m; ++c) {
                b[r*m + c] -= factor*b[i*m + c];
            }
        }
    }
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t c = 0; c < m; ++c) {
            b[i*m + c] /= a[i*n + i];
        }
    }
}

// [N_EXPERT*N_FF][N_EMBD]
std::vector<double> solution(const down_data & data) {
    constexpr int64_t n = N_EXPERT*N_FF;
    std::vector<double> a(n*n, 0.0), b(n*N_EMBD, 0.0);
    for (int64_t t = 0; t < N_TOKENS; ++t) {
        const auto row = features(data, t);
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < n; ++j) {
                a[i*n + j] += row[i]*row[j];
            }
            for (int64_t d = 0; d < N_EMBD; ++d) {
                b[i*N_EMBD + d] += row[i]*data.rest[t*N_EMBD + d];
            }
        }
    }
    double trace = 0;
    for (int64_t i = 0; i < n; ++i) {
        trace += a[i*n + i];
    }
    for (int64_t i = 0; i < n; ++i) {
        a[i*n + i] += RIDGE*trace/n;
    }
    solve(a, b, n, N_EMBD);
    return b;
}

double value(const std::vector<down_change> & changes, int64_t e, int64_t k, int64_t d) {
    return changes[e].values.empty() ? 0.0 : changes[e].values[d*N_FF + k];
}

double length(const std::vector<double> & a) {
    double sum = 0;
    for (const double x : a) {
        sum += x*x;
    }
    return std::sqrt(sum);
}

} // namespace

int main() {
    ggml_backend_load_all();
    std::mt19937 random(11);
    const down_data given = make(random);
    const auto check = [] {};
    const auto fit = [&](int32_t sweeps, int32_t n_threads, down_data & data) {
        data = given;
        down_options options;
        options.ridge     = RIDGE;
        options.sweeps    = sweeps;
        options.n_threads = n_threads;
        std::vector<down_change> changes(N_EXPERT);
        fit_down(data, options, check, [&](int64_t e, const down_change & change) { changes[e] = change; });
        return changes;
    };
    down_data left;
    const auto changes  = fit(60, 1, left);
    const auto expected = solution(given);
    std::vector<double> difference;
    for (int64_t e = 0; e < N_EXPERT; ++e) {
        for (int64_t k = 0; k < N_FF; ++k) {
            for (int64_t d = 0; d < N_EMBD; ++d) {
                difference.push_back(value(changes, e, k, d) - expected[(e*N_FF + k)*N_EMBD + d]);
            }
        }
    }

    // what is left of the tokens is what the changes leave
    std::vector<double> beside;
    for (int64_t t = 0; t < N_TOKENS; ++t) {
        const auto row = features(given, t);
        for (int64_t d = 0; d < N_EMBD; ++d) {
            double rest = given.rest[t*N_EMBD + d];
            for (int64_t e = 0; e < N_EXPERT; ++e) {
                for (int64_t k = 0; k < N_FF; ++k) {
                    rest -= row[e*N_FF + k]*value(changes, e, k, d);
                }
            }
            beside.push_back(rest - left.rest[t*N_EMBD + d]);
        }
    }

    down_data one, three;
    const auto by_one   = fit(2, 1, one);
    const auto by_three = fit(2, 3, three);
    bool same = one.rest == three.rest;
    for (int64_t e = 0; e < N_EXPERT; ++e) {
        same = same && by_one[e].values == by_three[e].values && by_one[e].importance == by_three[e].importance;
    }
    double squares = 0; // of the first expert's first input
    int64_t n = 0;
    for (int64_t pair = 0; pair < N_TOKENS*N_USED; ++pair) {
        if (given.experts[pair] == 0) {
            squares += std::pow((double) given.weights[pair]*given.hidden[pair*N_FF], 2);
            n++;
        }
    }
    printf("{ \"difference\": %g, \"left\": %g, \"importance\": %g, \"sameByThreads\": %s, \"unreached\": %zu }\n",
        length(difference)/length(expected), length(beside)/length({ given.rest.begin(), given.rest.end() }),
        std::abs(by_one[0].importance[0]/(squares/n) - 1), same ? "true" : "false", by_one[4].values.size());
    return 0;
}
