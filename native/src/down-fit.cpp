#include "down-fit.h"

#include "host-products.h"
#include "in-threads.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace {

// tokens of an expert that are multiplied at once; the sums of a batch are in single precision, those over batches in double
constexpr int64_t MOST_ROWS = 2048;
// number of rows that are summed over is a multiple of this: kernels accept no others
constexpr int64_t WHOLE_ROWS = 32;
// rows of the matrices that are fitted side by side: they share nothing but their inputs
constexpr int64_t MOST_OUTPUTS = 128;
// pairs of a token and an expert, in units of n_ff, up to which two sweeps take fewer products by pairs, if n_embd is at least n_ff
constexpr double MOST_BY_PAIRS = 1.5;

// Importances must be above zero: a column without any would be quantised arbitrarily.
constexpr float LEAST_IMPORTANCE = 1e-12f;

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

int64_t whole_rows(int64_t n) {
    return (n + WHOLE_ROWS - 1)/WHOLE_ROWS*WHOLE_ROWS;
}

// Largest matrix that is inverted by its factor; larger ones are split in halves.
constexpr int64_t MOST_WHOLE = 128;

// The inverse of a symmetric positive definite matrix [n][n], by its Cholesky factor.
std::vector<float> inverse_by_factor(const std::vector<float> & matrix, int64_t n) {
    std::vector<double> a(matrix.begin(), matrix.end());
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
    // of the factor, row by row
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

std::vector<float> block_of(const std::vector<float> & matrix, int64_t n, int64_t row, int64_t column, int64_t n_rows, int64_t n_columns) {
    std::vector<float> block(n_rows*n_columns);
    for (int64_t i = 0; i < n_rows; ++i) {
        std::copy_n(matrix.begin() + (row + i)*n + column, n_columns, block.begin() + i*n_columns);
    }
    return block;
}

// The inverse of [[P, Q'], [Q, S]] by the Schur complement of P: with T = Q P⁻¹, C = S - T Q' and U = T' C⁻¹ it is
// [[P⁻¹ + U T, -U], [-U', C⁻¹]]. The matrices have a ridge, so single precision is enough.
std::vector<float> inverse_of(const std::vector<float> & matrix, int64_t n, host_products & products) {
    if (n <= MOST_WHOLE) {
        return inverse_by_factor(matrix, n);
    }
    const int64_t p = whole_rows(n/2);
    const int64_t q = n - p;
    const auto first = inverse_of(block_of(matrix, n, 0, 0, p, p), p, products);
    const auto side  = block_of(matrix, n, p, 0, q, p);

    std::vector<float> t(q*p), product(q*q);
    products.multiply(t.data(), first.data(), side.data(), p, p, q);
    products.multiply(product.data(), side.data(), t.data(), p, q, q);
    auto rest = block_of(matrix, n, p, p, q, q);
    std::transform(rest.begin(), rest.end(), product.begin(), rest.begin(), std::minus<>());
    const auto second = inverse_of(rest, q, products);

    std::vector<float> turned(p*q), u(p*q), sum(p*p), inverse(n*n);
    for (int64_t i = 0; i < q; ++i) {
        for (int64_t j = 0; j < p; ++j) {
            turned[j*q + i] = t[i*p + j];
        }
    }
    products.multiply(u.data(), second.data(), turned.data(), q, q, p);
    products.multiply(sum.data(), turned.data(), u.data(), q, p, p);
    for (int64_t i = 0; i < p; ++i) {
        for (int64_t j = 0; j < p; ++j) {
            inverse[i*n + j] = first[i*p + j] + sum[i*p + j];
        }
        for (int64_t j = 0; j < q; ++j) {
            inverse[i*n + p + j] = inverse[(p + j)*n + i] = -u[i*q + j];
        }
    }
    for (int64_t i = 0; i < q; ++i) {
        std::copy_n(second.begin() + i*q, q, inverse.begin() + (p + i)*n + p);
    }
    return inverse;
}

// out[n][n] = a[n][k] . a[n][k], with each product computed once
void multiply_by_itself(std::vector<float> & out, const float * a, int64_t k, int64_t n, host_products & products) {
    std::vector<float> some;
    for (int64_t first = 0; first < n; first += MOST_OUTPUTS) {
        const int64_t n_rows = std::min(MOST_OUTPUTS, n - first);
        const int64_t end    = first + n_rows;
        some.resize(n_rows*end);
        products.multiply(some.data(), a, a + first*k, k, end, n_rows);
        for (int64_t i = 0; i < n_rows; ++i) {
            for (int64_t j = 0; j < end; ++j) {
                out[(first + i)*n + j] = out[j*n + first + i] = some[i*end + j];
            }
        }
    }
}

using pair_list = std::vector<int64_t>; // of a token and an expert, as places in down_data::experts

// to[n_columns][whole] = columns of the rows [first, end) of n, padded with zeros. first and end: multiples of WHOLE_ROWS
template <typename Row>
void turn(float * to, int64_t n, int64_t whole, int64_t n_columns, int64_t first, int64_t end, const Row & row_of) {
    for (int64_t begin = first; begin < end; begin += WHOLE_ROWS) {
        const int64_t stop = std::min(begin + WHOLE_ROWS, n);
        const float * rows[WHOLE_ROWS];
        for (int64_t row = begin; row < stop; ++row) {
            rows[row - begin] = row_of(row);
        }
        for (int64_t i = 0; i < n_columns; ++i) {
            for (int64_t row = begin; row < stop; ++row) {
                to[i*whole + row] = rows[row - begin][i];
            }
            std::fill(to + i*whole + std::max(begin, stop), to + i*whole + begin + WHOLE_ROWS, 0.0f);
        }
    }
}

// Some pairs of one expert, as operands of products.
struct batch {
    batch() = default;
    batch(const down_data & data, const int64_t * pairs, int64_t n) {
        begin(data, pairs, n);
        fill(data, 0, whole);
    }

    void begin(const down_data & data, const int64_t * some, int64_t n_some) {
        pairs = some;
        n     = n_some;
        whole = whole_rows(n);
        inputs.resize(whole*data.n_ff);
        turned.resize(whole*data.n_ff);
    }

    // Fills some of its rows; multiples of WHOLE_ROWS.
    void fill(const down_data & data, int64_t first, int64_t end) {
        for (int64_t row = first; row < std::min(end, n); ++row) {
            const float * h = data.hidden.data() + pairs[row]*data.n_ff;
            const float   c = data.weights[pairs[row]];
            std::transform(h, h + data.n_ff, inputs.begin() + row*data.n_ff, [c](float x) { return c*x; });
        }
        std::fill(inputs.begin() + std::max(first, std::min(end, n))*data.n_ff, inputs.begin() + end*data.n_ff, 0.0f);
        turn(turned.data(), n, whole, data.n_ff, first, end, [&](int64_t row) { return inputs.data() + row*data.n_ff; });
    }

    const int64_t *    pairs = nullptr;
    int64_t            n     = 0;
    int64_t            whole = 0; // n, rounded up
    std::vector<float> inputs;    // [whole][n_ff], weighted; zeros after n
    std::vector<float> turned;    // [n_ff][whole]
};

// Let A be the weighted inputs of an expert's pairs, and R what is left of the target there. The expert's change D is
// the ridge regression D = (A'A + ridge)⁻¹A' (R + A D). If there are few pairs, it is computed as A'c with c = (A A' +
// ridge)⁻¹ (R + A D), which is the same, and what is left afterwards is ridge*c.
class down_fitter {
public:
    down_fitter(down_data & data, const down_options & options, const std::function<void()> & check)
        : data(data), options(options), check(check), changes(data.n_expert), inverses(data.n_expert), factors(data.n_expert), fitted(data.n_expert) {
        for (int64_t pair = 0; pair < data.n_tokens*data.n_used; ++pair) {
            fitted.at(data.experts[pair]).push_back(pair);
        }
        for (int64_t e = 0; e < data.n_expert; ++e) {
            if (!fitted[e].empty()) {
                reached.push_back(e);
            }
        }
        largest_first = reached;
        std::stable_sort(largest_first.begin(), largest_first.end(), [&](int64_t a, int64_t b) { return fitted[a].size() > fitted[b].size(); });
    }

    void fit(const std::function<void(int64_t expert, const down_change & change)> & take) {
        measure_inputs();
        for_reached([&](int64_t e) { inverses[e] = by_pairs(e) ? inverse_of_pairs(e) : inverse_of_normal(e); });
        improve_all();
        for_reached([&](int64_t e) {
            inverses[e] = {};
            if (by_pairs(e)) {
                set_change(e);
            }
            take(e, changes[e]);
            changes[e] = {};
        });
    }

private:
    using batches = std::vector<std::unique_ptr<batch>>;

    void for_reached(const std::function<void(int64_t e)> & work) const {
        in_threads(reached.size(), options.n_threads, [&](int64_t i) { work(largest_first[i]); });
    }

    bool by_pairs(int64_t e) const {
        return whole_rows(fitted[e].size()) <= MOST_BY_PAIRS*data.n_ff;
    }

    float * rest_of(int64_t pair) const {
        return data.rest.data() + pair/data.n_used*data.n_embd;
    }

    // Makes a pass over the experts. Each part of the outputs proceeds on its own, and what the next expert needs is prepared in parallel.
    void improve_all() {
        std::vector<int64_t> visits;
        for (int32_t sweep = 0; sweep < options.sweeps; ++sweep) {
            visits.insert(visits.end(), reached.begin(), reached.end());
        }
        const int64_t n_visits  = visits.size();
        const int64_t n_outputs = std::min(MOST_OUTPUTS, whole_rows((data.n_embd + options.n_threads - 1)/options.n_threads));
        std::vector<host_products> products((data.n_embd + n_outputs - 1)/n_outputs);
        const int64_t n_parts  = products.size();
        const int64_t n_pieces = options.n_threads;

        std::mutex               guard;
        std::condition_variable  changed;
        bool                     has_failed = false;
        std::vector<uint8_t>     is_begun(n_visits, 0);
        std::vector<batches>     prepared(n_visits);
        std::vector<int64_t>     n_prepared(n_visits, 0); // pieces
        std::vector<int64_t>     n_behind(n_visits, 0);   // parts that have completed a visit
        std::vector<int64_t>     n_done(n_parts, 0);      // visits that a part has completed
        batches                  spare;
        // whatever has to be done first was started first
        const auto in_turn = [&](const std::function<bool()> & is_ready, const std::function<void()> & begin, const std::function<void()> & work, const std::function<void()> & end) {
            std::unique_lock<std::mutex> lock(guard);
            changed.wait(lock, [&] { return has_failed || is_ready(); });
            if (has_failed) {
                return;
            }
            try {
                begin();
                lock.unlock();
                check();
                work();
                lock.lock();
                end();
            } catch (...) {
                if (!lock) {
                    lock.lock();
                }
                has_failed = true;
                changed.notify_all();
                throw;
            }
            changed.notify_all();
        };
        in_threads((n_visits + 1)*(n_pieces + n_parts), options.n_threads, [&](int64_t i) {
            const int64_t next  = i/(n_pieces + n_parts);
            const int64_t visit = next - 1;
            const int64_t piece = i%(n_pieces + n_parts);
            const int64_t part  = piece - n_pieces;
            if (part < 0 && next < n_visits) {
                in_turn([] { return true; },
                    [&] {
                        if (!is_begun[next]) {
                            is_begun[next] = 1;
                            prepared[next] = begun(visits[next], spare);
                        }
                    },
                    [&] {
                        for (const auto & some : prepared[next]) {
                            const int64_t n_rows = whole_rows((some->whole + n_pieces - 1)/n_pieces);
                            some->fill(data, std::min(some->whole, piece*n_rows), std::min(some->whole, (piece + 1)*n_rows));
                        }
                    },
                    [&] { n_prepared[next]++; });
            } else if (part >= 0 && visit >= 0) {
                const int64_t first = part*n_outputs;
                in_turn([&] { return n_prepared[visit] == n_pieces && n_done[part] == visit; },
                    [] {},
                    [&] { improve(visits[visit], prepared[visit], first, std::min(n_outputs, data.n_embd - first), products[part]); },
                    [&] {
                        n_done[part]++;
                        if (++n_behind[visit] == n_parts) {
                            std::move(prepared[visit].begin(), prepared[visit].end(), std::back_inserter(spare));
                        }
                    });
            }
        });
    }

    // What a visit to an expert needs; its rows are still to be filled.
    batches begun(int64_t e, batches & spare) {
        if (by_pairs(e)) {
            factors[e].resize(data.n_embd*whole_rows(fitted[e].size()));
            return {};
        }
        changes[e].values.resize(data.n_embd*data.n_ff);
        batches pairs;
        for (int64_t first = 0; first < (int64_t) fitted[e].size(); first += MOST_ROWS) {
            if (spare.empty()) {
                spare.push_back(std::make_unique<batch>());
            }
            pairs.push_back(std::move(spare.back()));
            spare.pop_back();
            pairs.back()->begin(data, fitted[e].data() + first, std::min<int64_t>(MOST_ROWS, fitted[e].size() - first));
        }
        return pairs;
    }

    // Computes mean squares of the weighted inputs, and the ridge.
    void measure_inputs() {
        std::vector<double> traces(data.n_expert, 0.0);
        for_reached([&](int64_t e) {
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
        });
        double trace = 0;
        for (const double one : traces) {
            trace += one;
        }
        ridge = options.ridge*trace/(data.n_expert*data.n_ff);
    }

    std::vector<float> with_ridge_inverted(std::vector<double> & matrix, int64_t n, host_products & products) const {
        for (int64_t i = 0; i < n; ++i) {
            matrix[i*n + i] += ridge;
        }
        return inverse_of({ matrix.begin(), matrix.end() }, n, products);
    }

    std::vector<float> inverse_of_normal(int64_t e) const {
        const int64_t n = data.n_ff;
        host_products products;
        std::vector<double> normal(n*n, 0.0);
        std::vector<float>  part(n*n);
        for (int64_t first = 0; first < (int64_t) fitted[e].size(); first += MOST_ROWS) {
            check();
            const batch some(data, fitted[e].data() + first, std::min<int64_t>(MOST_ROWS, fitted[e].size() - first));
            multiply_by_itself(part, some.turned.data(), some.whole, n, products);
            std::transform(normal.begin(), normal.end(), part.begin(), normal.begin(), std::plus<>());
        }
        return with_ridge_inverted(normal, n, products);
    }

    std::vector<float> inverse_of_pairs(int64_t e) const {
        check();
        const batch all(data, fitted[e].data(), fitted[e].size());
        host_products products;
        std::vector<float> gram(all.whole*all.whole);
        multiply_by_itself(gram, all.inputs.data(), data.n_ff, all.whole, products);
        std::vector<double> values(gram.begin(), gram.end());
        return with_ridge_inverted(values, all.whole, products);
    }

    // Improves n rows of one expert's change, starting at `first`, with all others as they are.
    void improve(int64_t e, const batches & pairs, int64_t first, int64_t n, host_products & products) {
        if (by_pairs(e)) {
            improve_factors(e, first, n, products);
        } else {
            improve_change(e, pairs, first, n, products);
        }
    }

    void improve_change(int64_t e, const batches & pairs, int64_t first, int64_t n, host_products & products) {
        const int64_t n_ff   = data.n_ff;
        float *       change = changes[e].values.data() + first*n_ff;
        std::vector<double> gradient(n*n_ff);
        std::transform(change, change + n*n_ff, gradient.begin(), [&](float d) { return -ridge*d; });
        std::vector<float> rest, part(n*n_ff), step(n*n_ff);
        for (const auto & some : pairs) {
            rest.resize(some->whole*n);
            turn(rest.data(), some->n, some->whole, n, 0, some->whole, [&](int64_t row) { return rest_of(some->pairs[row]) + first; });
            products.multiply(part.data(), some->turned.data(), rest.data(), some->whole, n_ff, n);
            std::transform(gradient.begin(), gradient.end(), part.begin(), gradient.begin(), std::plus<>());
        }
        std::copy(gradient.begin(), gradient.end(), part.begin());
        products.multiply(step.data(), inverses[e].data(), part.data(), n_ff, n_ff, n);
        add_numbers(step, change);
        for (const auto & some : pairs) {
            rest.resize(some->n*n);
            products.multiply(rest.data(), step.data(), some->inputs.data(), n_ff, n, some->n);
            for (int64_t row = 0; row < some->n; ++row) {
                float * to = rest_of(some->pairs[row]) + first;
                for (int64_t d = 0; d < n; ++d) {
                    to[d] -= rest[row*n + d];
                }
            }
        }
    }

    // The same for the factors that its inputs are multiplied with.
    void improve_factors(int64_t e, int64_t first, int64_t n, host_products & products) {
        const auto &  pairs = fitted[e];
        const int64_t whole = whole_rows(pairs.size());
        float *       own   = factors[e].data() + first*whole;
        std::vector<float> wanted(n*whole), step(n*whole);
        turn(wanted.data(), pairs.size(), whole, n, 0, whole, [&](int64_t row) { return rest_of(pairs[row]) + first; });
        std::transform(wanted.begin(), wanted.end(), own, wanted.begin(), [&](float r, float c) { return (float) (r - ridge*c); });
        products.multiply(step.data(), inverses[e].data(), wanted.data(), whole, whole, n);
        add_numbers(step, own);
        for (size_t row = 0; row < pairs.size(); ++row) {
            float * to = rest_of(pairs[row]) + first;
            for (int64_t d = 0; d < n; ++d) {
                to[d] = (float) (ridge*own[d*whole + row]);
            }
        }
    }

    void set_change(int64_t e) {
        check();
        const batch all(data, fitted[e].data(), fitted[e].size());
        host_products products;
        changes[e].values.resize(data.n_embd*data.n_ff);
        products.multiply(changes[e].values.data(), all.turned.data(), factors[e].data(), all.whole, data.n_ff, data.n_embd);
        factors[e] = {};
    }

    static void add_numbers(const std::vector<float> & step, float * to) {
        for (size_t i = 0; i < step.size(); ++i) {
            if (!std::isfinite(step[i])) {
                throw std::runtime_error("the model computes values that are not numbers: what down matrices are fitted to");
            }
            to[i] += step[i];
        }
    }

    down_data                       & data;
    const down_options              & options;
    const std::function<void()>     & check;
    double                            ridge = 0;
    std::vector<down_change>          changes;  // by expert
    std::vector<std::vector<float>>   inverses; // by expert, [n_ff][n_ff] or [whole][whole]
    std::vector<std::vector<float>>   factors;  // by expert, [n_embd][whole]; empty where the change itself is improved
    std::vector<pair_list>            fitted;   // by expert
    std::vector<int64_t>              reached;  // experts that have any fitted pairs
    std::vector<int64_t>              largest_first; // the same, ordered by their number of pairs
};

} // namespace

void fit_down(down_data & data, const down_options & options, const std::function<void()> & check,
        const std::function<void(int64_t expert, const down_change & change)> & take) {
    down_fitter(data, options, check).fit(take);
}
