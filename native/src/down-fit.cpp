#include "down-fit.h"

#include "host-products.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

// tokens of an expert that are multiplied at once; sums of a batch are in single precision, those of batches in double
constexpr int64_t MOST_ROWS = 2048;
// of what is summed over: kernels take no others
constexpr int64_t WHOLE_ROWS = 32;

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

class down_fitter {
public:
    down_fitter(down_data & data, const std::vector<uint8_t> & is_aside, const down_options & options, const std::function<void()> & check)
        : data(data), options(options), check(check), most_rows(rows_of_largest(data)),
          products(options.n_threads, room()),
          x        (products.take(most_rows*data.n_ff)),
          x_turned (products.take(most_rows*data.n_ff)),
          r_turned (products.take(most_rows*data.n_embd)),
          y        (products.take(most_rows*data.n_embd)),
          square   (products.take(data.n_ff*data.n_ff)),
          right    (products.take(data.n_ff*data.n_embd)),
          step     (products.take(data.n_ff*data.n_embd)),
          fitted(data.n_expert), aside(data.n_expert) {
        for (int64_t pair = 0; pair < data.n_tokens*data.n_used; ++pair) {
            auto & of = is_aside[pair/data.n_used] ? aside : fitted;
            of.at(data.experts[pair]).push_back(pair);
        }
    }

    std::vector<down_change> fit() {
        std::vector<down_change> changes(data.n_expert);
        const double ridge = measure_inputs(changes);
        const auto inverses = invert(ridge);
        for (int32_t sweep = 0; sweep < options.sweeps; ++sweep) {
            for (int64_t e = 0; e < data.n_expert; ++e) {
                if (!fitted[e].empty()) {
                    improve(e, ridge, inverses[e], changes[e].values);
                }
            }
        }
        return changes;
    }

private:
    static int64_t rows_of_largest(const down_data & data) {
        return std::min<int64_t>(MOST_ROWS, (data.n_tokens + WHOLE_ROWS - 1)/WHOLE_ROWS*WHOLE_ROWS);
    }

    size_t room() const {
        return (size_t) 2*most_rows*(data.n_ff + data.n_embd) + data.n_ff*(data.n_ff + 2*data.n_embd);
    }

    void each_batch(const std::vector<int64_t> & pairs, const std::function<void(const int64_t * pairs, int64_t n)> & use) const {
        for (int64_t first = 0; first < (int64_t) pairs.size(); first += most_rows) {
            check();
            use(pairs.data() + first, std::min<int64_t>(most_rows, pairs.size() - first));
        }
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
            changes[e].values.assign(data.n_ff*data.n_embd, 0.0f);
        });
        double trace = 0;
        for (const double one : traces) {
            trace += one;
        }
        return options.ridge*trace/(data.n_expert*data.n_ff);
    }

    // x: [n][n_ff] of the pairs, weighted; x_turned: [n_ff][padded n], with zeros behind. Returns that length.
    int64_t gather(const int64_t * pairs, int64_t n, bool turned) {
        const int64_t whole = (n + WHOLE_ROWS - 1)/WHOLE_ROWS*WHOLE_ROWS;
        for (int64_t row = 0; row < n; ++row) {
            const float * h = data.hidden.data() + pairs[row]*data.n_ff;
            const float   c = data.weights[pairs[row]];
            float *       to = x + row*data.n_ff;
            for (int64_t i = 0; i < data.n_ff; ++i) {
                to[i] = c*h[i];
            }
        }
        if (turned) {
            turn(x_turned, x, n, whole, data.n_ff);
        }
        return whole;
    }

    // to[n_columns][whole] = from[n][n_columns]
    static void turn(float * to, const float * from, int64_t n, int64_t whole, int64_t n_columns) {
        for (int64_t first = 0; first < whole; first += WHOLE_ROWS) {
            const int64_t end = std::min(first + WHOLE_ROWS, n);
            for (int64_t i = 0; i < n_columns; ++i) {
                float * row = to + i*whole;
                for (int64_t t = first; t < end; ++t) {
                    row[t] = from[t*n_columns + i];
                }
                std::fill(row + std::max(first, end), row + first + WHOLE_ROWS, 0.0f);
            }
        }
    }

    std::vector<std::vector<float>> invert(double ridge) {
        const int64_t n = data.n_ff;
        std::vector<std::vector<float>>  inverses(data.n_expert);
        std::vector<std::vector<double>> normal(std::max(1, options.n_threads));
        for (int64_t first = 0; first < data.n_expert; first += normal.size()) {
            const int64_t n_here = std::min<int64_t>(normal.size(), data.n_expert - first);
            for (int64_t i = 0; i < n_here; ++i) {
                auto & a = normal[i];
                a.assign(n*n, 0.0);
                each_batch(fitted[first + i], [&](const int64_t * pairs, int64_t n_pairs) {
                    const int64_t whole = gather(pairs, n_pairs, true);
                    products.multiply(square, x_turned, x_turned, whole, n, n);
                    std::transform(a.begin(), a.end(), square, a.begin(), [](double sum, float part) { return sum + part; });
                });
                for (int64_t d = 0; d < n; ++d) {
                    a[d*n + d] += ridge;
                }
            }
            in_threads(n_here, options.n_threads, [&](int64_t i) {
                if (!fitted[first + i].empty()) {
                    inverses[first + i] = inverse_of(normal[i], n);
                }
            });
            check();
        }
        return inverses;
    }

    // One expert's change with all others as they are.
    void improve(int64_t e, double ridge, const std::vector<float> & inverse, std::vector<float> & change) {
        const int64_t n_ff   = data.n_ff;
        const int64_t n_embd = data.n_embd;
        std::vector<double> gradient(n_embd*n_ff); // [n_embd][n_ff]
        std::transform(change.begin(), change.end(), gradient.begin(), [&](float d) { return -ridge*d; });
        each_batch(fitted[e], [&](const int64_t * pairs, int64_t n) {
            const int64_t whole = gather(pairs, n, true);
            for (int64_t row = 0; row < n; ++row) {
                std::copy_n(data.rest.data() + pairs[row]/data.n_used*n_embd, n_embd, y + row*n_embd);
            }
            turn(r_turned, y, n, whole, n_embd);
            products.multiply(right, x_turned, r_turned, whole, n_ff, n_embd);
            std::transform(gradient.begin(), gradient.end(), right, gradient.begin(), [](double sum, float part) { return sum + part; });
        });
        std::transform(gradient.begin(), gradient.end(), right, [](double sum) { return (float) sum; });
        std::copy(inverse.begin(), inverse.end(), square);
        products.multiply(step, square, right, n_ff, n_ff, n_embd);
        for (int64_t i = 0; i < n_embd*n_ff; ++i) {
            if (!std::isfinite(step[i])) {
                throw std::runtime_error("the model computes values that are not numbers: what down matrices are fitted to");
            }
            change[i] += step[i];
        }
        for (const auto * of : { &fitted[e], &aside[e] }) {
            each_batch(*of, [&](const int64_t * pairs, int64_t n) {
                gather(pairs, n, false);
                products.multiply(y, step, x, n_ff, n_embd, n);
                for (int64_t row = 0; row < n; ++row) {
                    float *       rest = data.rest.data() + pairs[row]/data.n_used*n_embd;
                    const float * part = y + row*n_embd;
                    for (int64_t d = 0; d < n_embd; ++d) {
                        rest[d] -= part[d];
                    }
                }
            });
        }
    }

    down_data                        & data;
    const down_options               & options;
    const std::function<void()>      & check;
    const int64_t                      most_rows;
    host_products                      products;
    float * const                      x;
    float * const                      x_turned;
    float * const                      r_turned;
    float * const                      y;
    float * const                      square;
    float * const                      right;
    float * const                      step;
    std::vector<std::vector<int64_t>>  fitted; // pairs of a token and an expert, by expert
    std::vector<std::vector<int64_t>>  aside;
};

} // namespace

std::vector<down_change> fit_down(down_data & data, const std::vector<uint8_t> & is_aside, const down_options & options, const std::function<void()> & check) {
    return down_fitter(data, is_aside, options, check).fit();
}
