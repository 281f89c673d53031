#include "down-fit.h"

#include "host-products.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

// tokens of an expert that are multiplied at once; sums of a batch are in single precision, those of batches in double
constexpr int64_t MOST_ROWS = 2048;
// of what is summed over: kernels take no others
constexpr int64_t WHOLE_ROWS = 32;
// rows of the matrices that are fitted beside each other: they have nothing in common but what they are multiplied with
constexpr int64_t MOST_OUTPUTS = 128;

// Importances are above zero: a column without any would be quantised to whatever.
constexpr float LEAST_IMPORTANCE = 1e-12f;

void in_threads(int64_t n, int32_t n_threads, const std::function<void(int64_t)> & work) {
    std::atomic<int64_t> next{0};
    std::exception_ptr   error;
    std::mutex           guard;
    const auto run = [&] {
        try {
            for (int64_t i; (i = next.fetch_add(1)) < n; ) {
                work(i);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(guard);
            error = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    for (int32_t i = 1; i < std::min<int64_t>(n_threads, n); ++i) {
        threads.emplace_back(run);
    }
    run();
    for (auto & thread : threads) {
        thread.join();
    }
    if (error) {
        std::rethrow_exception(error);
    }
}

double dot(const double * a, const double * b, int64_t n) {
    double sums[8] = {};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int k = 0; k < 8; ++k) {
            sums[k] += a[i + k]*b[i + k];
        }
    }
    for (; i < n; ++i) {
        sums[0] += a[i]*b[i];
    }
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

// Of a symmetric positive definite matrix [n][n], of which the lower half is read and overwritten.
std::vector<float> inverse_of(std::vector<double> & a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        double * row = a.data() + i*n;
        for (int64_t j = 0; j <= i; ++j) {
            const double left = row[j] - dot(row, a.data() + j*n, j);
            if (j < i) {
                row[j] = left/a[j*n + j];
            } else if (left > 0 && std::isfinite(left)) {
                row[i] = std::sqrt(left);
            } else {
                throw std::runtime_error("the model computes values that are not numbers: what down matrices are multiplied with");
            }
        }
    }
    // of the factor, row after row
    std::vector<double> lower(n*n, 0.0);
    for (int64_t i = 0; i < n; ++i) {
        double * row = lower.data() + i*n;
        for (int64_t k = 0; k < i; ++k) {
            const double   factor = a[i*n + k];
            const double * other  = lower.data() + k*n;
            for (int64_t j = 0; j <= k; ++j) {
                row[j] -= factor*other[j];
            }
        }
        row[i] = 1.0;
        for (int64_t j = 0; j <= i; ++j) {
            row[j] /= a[i*n + i];
        }
    }
    std::fill(a.begin(), a.end(), 0.0);
    for (int64_t k = 0; k < n; ++k) {
        const double * row = lower.data() + k*n;
        for (int64_t i = 0; i <= k; ++i) {
            double * to = a.data() + i*n;
            for (int64_t j = 0; j <= i; ++j) {
                to[j] += row[i]*row[j];
            }
        }
    }
    std::vector<float> inverse(n*n);
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j <= i; ++j) {
            inverse[i*n + j] = inverse[j*n + i] = (float) a[i*n + j];
        }
    }
    return inverse;
}

using pair_list = std::vector<int64_t>; // of a token and an expert, as places in down_data::experts

// to[n_columns][whole] = columns of n rows, from the first on; zeros behind
template <typename Row>
void turn(std::vector<float> & to, int64_t n, int64_t whole, int64_t n_columns, const Row & row_of) {
    to.resize(n_columns*whole);
    for (int64_t first = 0; first < whole; first += WHOLE_ROWS) {
        const int64_t end = std::min(first + WHOLE_ROWS, n);
        for (int64_t row = first; row < end; ++row) {
            const float * from = row_of(row);
            for (int64_t i = 0; i < n_columns; ++i) {
                to[i*whole + row] = from[i];
            }
        }
        for (int64_t i = 0; i < n_columns; ++i) {
            std::fill(to.begin() + i*whole + std::max(first, end), to.begin() + i*whole + first + WHOLE_ROWS, 0.0f);
        }
    }
}

// Some pairs of one expert, as operands of products.
struct batch {
    batch(const down_data & data, const int64_t * pairs, int64_t n) : pairs(pairs), n(n), whole((n + WHOLE_ROWS - 1)/WHOLE_ROWS*WHOLE_ROWS), inputs(n*data.n_ff) {
        for (int64_t row = 0; row < n; ++row) {
            const float * h = data.hidden.data() + pairs[row]*data.n_ff;
            const float   c = data.weights[pairs[row]];
            std::transform(h, h + data.n_ff, inputs.begin() + row*data.n_ff, [c](float x) { return c*x; });
        }
        turn(turned, n, whole, data.n_ff, [&](int64_t row) { return inputs.data() + row*data.n_ff; });
    }

    const int64_t *    pairs;
    int64_t            n;
    int64_t            whole;  // n, rounded up
    std::vector<float> inputs; // [n][n_ff], weighted
    std::vector<float> turned; // [n_ff][whole]
};

class down_fitter {
public:
    down_fitter(down_data & data, const std::vector<uint8_t> & is_aside, const down_options & options, const std::function<void()> & check)
        : data(data), options(options), check(check), fitted(data.n_expert), aside(data.n_expert) {
        for (int64_t pair = 0; pair < data.n_tokens*data.n_used; ++pair) {
            auto & of = is_aside[pair/data.n_used] ? aside : fitted;
            of.at(data.experts[pair]).push_back(pair);
        }
    }

    std::vector<down_change> fit() {
        std::vector<down_change> changes(data.n_expert);
        ridge = measure_inputs(changes);
        inverses.resize(data.n_expert);
        in_threads(data.n_expert, options.n_threads, [&](int64_t e) {
            if (!fitted[e].empty()) {
                inverses[e] = inverse_of_normal(e);
            }
        });
        std::vector<host_products> products((data.n_embd + MOST_OUTPUTS - 1)/MOST_OUTPUTS);
        for (int32_t sweep = 0; sweep < options.sweeps; ++sweep) {
            for (int64_t e = 0; e < data.n_expert; ++e) {
                if (fitted[e].empty()) {
                    continue;
                }
                const auto of_fitted = batches_of(fitted[e]);
                const auto of_aside  = batches_of(aside[e]);
                in_threads(products.size(), options.n_threads, [&](int64_t part) {
                    const int64_t first = part*MOST_OUTPUTS;
                    const int64_t n     = std::min(MOST_OUTPUTS, data.n_embd - first);
                    improve(e, { &of_fitted, &of_aside }, first, n, changes[e].values.data() + first*data.n_ff, products[part]);
                });
            }
        }
        return changes;
    }

private:
    using batches = std::vector<std::unique_ptr<const batch>>;

    batches batches_of(const pair_list & pairs) const {
        batches made((pairs.size() + MOST_ROWS - 1)/MOST_ROWS);
        in_threads(made.size(), options.n_threads, [&](int64_t i) {
            check();
            const int64_t first = i*MOST_ROWS;
            made[i] = std::make_unique<const batch>(data, pairs.data() + first, std::min<int64_t>(MOST_ROWS, pairs.size() - first));
        });
        return made;
    }

    // Mean squares of the weighted inputs. Returns the ridge.
    double measure_inputs(std::vector<down_change> & changes) const {
        std::vector<double> traces(data.n_expert, 0.0);
        in_threads(data.n_expert, options.n_threads, [&](int64_t e) {
            if (fitted[e].empty()) {
                return;
            }
            std::vector<double> sums(data.n_ff, 0.0);
            for (const int64_t pair : fitted[e]) {
                const float * h = data.hidden.data() + pair*data.n_ff;
                const double  c = (double) data.weights[pair]*data.weights[pair];
                for (int64_t i = 0; i < data.n_ff; ++i) {
                    sums[i] += c*h[i]*h[i];
                }
            }
            changes[e].importance.resize(data.n_ff);
            for (int64_t i = 0; i < data.n_ff; ++i) {
                traces[e] += sums[i];
                changes[e].importance[i] = std::max((float) (sums[i]/fitted[e].size()), LEAST_IMPORTANCE);
            }
            changes[e].values.assign(data.n_embd*data.n_ff, 0.0f);
        });
        double trace = 0;
        for (const double one : traces) {
            trace += one;
        }
        return options.ridge*trace/(data.n_expert*data.n_ff);
    }

    std::vector<float> inverse_of_normal(int64_t e) const {
        const int64_t n = data.n_ff;
        host_products products;
        std::vector<double> normal(n*n, 0.0);
        std::vector<float>  part(n*n);
        for (int64_t first = 0; first < (int64_t) fitted[e].size(); first += MOST_ROWS) {
            check();
            const batch some(data, fitted[e].data() + first, std::min<int64_t>(MOST_ROWS, fitted[e].size() - first));
            products.multiply(part.data(), some.turned.data(), some.turned.data(), some.whole, n, n);
            std::transform(normal.begin(), normal.end(), part.begin(), normal.begin(), std::plus<>());
        }
        for (int64_t i = 0; i < n; ++i) {
            normal[i*n + i] += ridge;
        }
        return inverse_of(normal, n);
    }

    // n rows of one expert's change from the first on, with all others as they are. change: [n][n_ff]
    void improve(int64_t e, std::initializer_list<const batches *> fitted_and_aside, int64_t first, int64_t n, float * change, host_products & products) {
        const int64_t n_ff = data.n_ff;
        std::vector<double> gradient(n*n_ff);
        std::transform(change, change + n*n_ff, gradient.begin(), [&](float d) { return -ridge*d; });
        const auto rest_of = [&](const batch & some, int64_t row) { return data.rest.data() + some.pairs[row]/data.n_used*data.n_embd + first; };
        std::vector<float> rest, part(n*n_ff), step(n*n_ff);
        for (const auto & some : **fitted_and_aside.begin()) {
            turn(rest, some->n, some->whole, n, [&](int64_t row) { return rest_of(*some, row); });
            products.multiply(part.data(), some->turned.data(), rest.data(), some->whole, n_ff, n);
            std::transform(gradient.begin(), gradient.end(), part.begin(), gradient.begin(), std::plus<>());
        }
        std::copy(gradient.begin(), gradient.end(), part.begin());
        products.multiply(step.data(), inverses[e].data(), part.data(), n_ff, n_ff, n);
        for (int64_t i = 0; i < n*n_ff; ++i) {
            if (!std::isfinite(step[i])) {
                throw std::runtime_error("the model computes values that are not numbers: what down matrices are fitted to");
            }
            change[i] += step[i];
        }
        for (const auto * of : fitted_and_aside) {
            for (const auto & some : *of) {
                rest.resize(some->n*n);
                products.multiply(rest.data(), step.data(), some->inputs.data(), n_ff, n, some->n);
                for (int64_t row = 0; row < some->n; ++row) {
                    float * to = rest_of(*some, row);
                    for (int64_t d = 0; d < n; ++d) {
                        to[d] -= rest[row*n + d];
                    }
                }
            }
        }
    }

    down_data                       & data;
    const down_options              & options;
    const std::function<void()>     & check;
    double                            ridge = 0;
    std::vector<std::vector<float>>   inverses; // by expert, [n_ff][n_ff]
    std::vector<pair_list>            fitted;   // by expert
    std::vector<pair_list>            aside;
};

} // namespace

std::vector<down_change> fit_down(down_data & data, const std::vector<uint8_t> & is_aside, const down_options & options, const std::function<void()> & check) {
    return down_fitter(data, is_aside, options, check).fit();
}
