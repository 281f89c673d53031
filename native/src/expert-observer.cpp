#include "expert-observer.h"

#include "ggml-backend.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace {

template <typename T>
void append(std::vector<T> & to, const ggml_tensor * t) {
    if (!ggml_is_contiguous(t)) {
        throw std::runtime_error(std::string("the graph's ") + t->name + " lies in pieces");
    }
    const size_t n = to.size();
    to.resize(n + ggml_nelements(t));
    ggml_backend_tensor_get(t, to.data() + n, 0, ggml_nbytes(t));
}

int32_t count_bits(uint64_t bits) {
    int32_t n = 0;
    for (; bits; bits &= bits - 1) {
        n++;
    }
    return n;
}

constexpr double OUTLIER_DEVIATIONS = 3.0;

} // namespace

expert_observer::expert_observer(observe_options given)
    : options(std::move(given)), layer_index(options.n_layer_all, -1), layers(options.moe_layers.size()), n_words((options.n_vocab + 63)/64) {
    const size_t n = options.n_expert;
    for (size_t i = 0; i < layers.size(); ++i) {
        layer_index.at(options.moe_layers[i]) = (int32_t) i;
        layer & l = layers[i];
        l.counts  .assign(n, 0.0);
        l.outliers.assign(n, 0.0);
        l.seen    .assign(n*n_words, 0);
        l.pairs   .assign(n*n, 0.0);
        if (options.outputs) {
            l.gram.assign(n*n, 0.0);
        }
    }
}

void expert_observer::begin(const std::vector<std::vector<int32_t>> & sequences, const std::vector<std::vector<uint8_t>> & counted) {
    tokens.clear();
    first = 0;
    int32_t base = second ? 0 : n_windows;
    for (size_t s = 0; s < sequences.size(); ++s) {
        for (size_t i = 0; i < sequences[s].size(); ++i) {
            const auto window = base + (int32_t) (i/options.window);
            tokens.push_back({ sequences[s][i], (int32_t) s, (int32_t) i, window, counted.at(s).at(i) != 0 });
        }
        base += (int32_t) ((sequences[s].size() + options.window - 1)/options.window);
    }
    if (!second) {
        n_windows = base;
    }
    for (layer & l : layers) {
        l.windows.resize((size_t) n_windows*options.n_expert, 0.0f);
        l.ids.clear();
        l.weights.clear();
        l.outputs.clear();
        l.n_ids    = 0;
        l.n_logits = 0;
    }
}

int32_t expert_observer::layer_of(const ggml_tensor * t, const char * name) const {
    const size_t n = strlen(name);
    int32_t il  = -1;
    int     end = 0; // tensors derived from it have its name and a suffix
    if (strncmp(t->name, name, n) != 0 || sscanf(t->name + n, "-%d%n", &il, &end) != 1 || t->name[n + end] != '\0' || il < 0 || il >= (int32_t) layer_index.size()) {
        return -1;
    }
    return layer_index[il];
}

bool expert_observer::wants(const ggml_tensor * t) const {
    return layer_of(t, "moe_tap_ids") >= 0 || layer_of(t, "moe_tap_weights") >= 0 || (options.outputs && layer_of(t, "moe_tap_norms") >= 0) ||
        (options.logits && layer_of(t, "ffn_moe_logits") >= 0);
}

void expert_observer::add(const ggml_tensor * t) {
    int32_t i = layer_of(t, "ffn_moe_logits");
    if (i >= 0) {
        std::vector<float> logits;
        append(logits, t);
        if (t->ne[0] == options.n_expert) {
            add_logits(layers[i], logits.data(), (int64_t) logits.size()/options.n_expert);
        }
        return;
    }
    int64_t n_used = 0;
    if ((i = layer_of(t, "moe_tap_ids")) >= 0) {
        append(layers[i].ids, t);
        n_used = t->ne[0];
    } else if ((i = layer_of(t, "moe_tap_weights")) >= 0) {
        append(layers[i].weights, t);
        n_used = t->ne[1];
    } else if ((i = layer_of(t, "moe_tap_norms")) >= 0) {
        const ggml_tensor * experts = t->src[0]; // [n_embd, 1, n_used, n_slice]
        if (n_embd != 0 && n_embd != experts->ne[0]) {
            throw std::runtime_error("the experts of some layers write other numbers of values than those of others");
        }
        n_embd = experts->ne[0];
        append(layers[i].outputs, experts);
        n_used = t->ne[2];
    }
    if (i >= 0) {
        work_off(layers[i], n_used);
    }
}

// Processes tokens for which everything is there.
void expert_observer::work_off(layer & l, int64_t n_used) {
    const int64_t n_ready = std::min<int64_t>(l.ids.size(), l.weights.size());
    if (n_ready <= l.n_ids || (options.outputs && (int64_t) l.outputs.size() < (n_ready - l.n_ids)*n_embd) || (options.outputs && l.outputs.empty())) {
        return;
    }
    const size_t n_expert = options.n_expert;
    for (int64_t at = l.n_ids; at < n_ready; at += n_used) {
        const token & now = tokens.at(first + at/n_used);
        const int32_t * ids     = l.ids.data() + at;
        const float   * weights = l.weights.data() + at;
        if (now.counted && !second) {
            for (int64_t i = 0; i < n_used; ++i) {
                const size_t e = ids[i];
                l.counts.at(e) += 1;
                l.windows[(size_t) now.window*n_expert + e] += weights[i];
                if (now.id >= 0 && now.id < options.n_vocab) {
                    l.seen[e*n_words + now.id/64] |= (uint64_t) 1 << (now.id%64);
                }
                for (int64_t j = 0; j < n_used; ++j) {
                    if (j != i) {
                        l.pairs[e*n_expert + ids[j]] += 1;
                    }
                }
            }
        }
        if (now.counted && options.outputs) {
            add_outputs(l, ids, weights, l.outputs.data() + (at - l.n_ids)*n_embd, n_used);
        }
    }
    l.n_ids = n_ready;
    l.outputs.clear();
}

void expert_observer::add_outputs(layer & l, const int32_t * ids, const float * weights, const float * outputs, int64_t n_used) {
    const size_t n_expert = options.n_expert;
    if (second) {
        for (int64_t i = 0; i < n_used; ++i) {
            const float * x    = outputs + i*n_embd;
            const float * low  = l.low .data() + (size_t) ids[i]*n_embd;
            const float * high = l.high.data() + (size_t) ids[i]*n_embd;
            for (int64_t d = 0; d < n_embd; ++d) {
                l.outliers[ids[i]] += x[d] < low[d] || x[d] > high[d];
            }
        }
        return;
    }
    if (l.sums.empty()) {
        l.sums   .assign(n_expert*n_embd, 0.0);
        l.squares.assign(n_expert*n_embd, 0.0);
    }
    for (int64_t i = 0; i < n_used; ++i) {
        const float * x = outputs + i*n_embd;
        double * sums    = l.sums   .data() + (size_t) ids[i]*n_embd;
        double * squares = l.squares.data() + (size_t) ids[i]*n_embd;
        for (int64_t d = 0; d < n_embd; ++d) {
            sums   [d] += x[d];
            squares[d] += (double) x[d]*x[d];
        }
        for (int64_t j = 0; j <= i; ++j) {
            const float * y = outputs + j*n_embd;
            double dot = 0;
            for (int64_t d = 0; d < n_embd; ++d) {
                dot += (double) x[d]*y[d];
            }
            const double product = options.gate_in_input ? dot : dot*weights[i]*weights[j];
            l.gram[ids[i]*n_expert + ids[j]] += product;
            if (i != j) {
                l.gram[ids[j]*n_expert + ids[i]] += product;
            }
        }
    }
}

void expert_observer::add_logits(layer & l, const float * logits, int64_t n_rows) {
    const size_t n = options.n_expert;
    if (!second && l.logits.empty()) {
        l.logits.assign(n*n, 0.0);
    }
    for (int64_t t = 0; t < n_rows; ++t, ++l.n_logits) {
        if (second || !tokens.at(first + l.n_logits).counted) {
            continue;
        }
        const float * row = logits + t*n;
        for (size_t i = 0; i < n; ++i) {
            for (size_t j = 0; j <= i; ++j) {
                l.logits[i*n + j] += (double) row[i]*row[j];
            }
        }
    }
}

void expert_observer::confirm(const llama_moe_report & report) {
    const size_t n_tokens = report.pos.size();
    for (const auto & routing : report.layers) {
        const int32_t i = layer_index.at(routing.il);
        if (i < 0) {
            continue;
        }
        layer & l = layers[i];
        bool is_same = l.n_ids == (int64_t) routing.ids.size() && l.ids == routing.ids;
        for (size_t t = 0; t < n_tokens && is_same; ++t) {
            const token & now = tokens.at(first + t);
            is_same = now.seq == report.seq_id[t] && now.pos == report.pos[t];
        }
        if (!is_same) {
            throw std::runtime_error("block " + std::to_string(routing.il) + ": the model takes its tokens in another order than they are observed in");
        }
        l.ids.clear();
        l.weights.clear();
        l.n_ids    = 0;
        l.n_logits = 0;
    }
    first += (int64_t) n_tokens;
}

void expert_observer::count_outliers() {
    second = true;
    for (layer & l : layers) {
        l.low .assign(l.sums.size(), 0.0f);
        l.high.assign(l.sums.size(), 0.0f);
        for (size_t at = 0; at < l.sums.size(); ++at) {
            const double n = l.counts[at/n_embd];
            if (n > 0) {
                const double mean      = l.sums[at]/n;
                const double deviation = std::sqrt(std::max(0.0, l.squares[at]/n - mean*mean));
                l.low [at] = (float) (mean - OUTLIER_DEVIATIONS*deviation);
                l.high[at] = (float) (mean + OUTLIER_DEVIATIONS*deviation);
            }
        }
    }
}

observed expert_observer::result() const {
    const size_t n = options.n_expert;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    observed out;
    const auto concat = [](std::vector<double> & to, const std::vector<double> & from) { to.insert(to.end(), from.begin(), from.end()); };
    const bool has_logits = std::all_of(layers.begin(), layers.end(), [](const layer & l) { return !l.logits.empty(); });
    for (const layer & l : layers) {
        concat(out.counts,   l.counts);
        concat(out.outliers, l.outliers);
        concat(out.pairs,    l.pairs);
        concat(out.gram,     l.gram);
        for (size_t i = 0; i < n; ++i) {
            const uint64_t * seen = l.seen.data() + i*n_words;
            int64_t n_seen = 0;
            for (size_t w = 0; w < n_words; ++w) {
                n_seen += count_bits(seen[w]);
            }
            out.coverage.push_back((double) n_seen);
            for (size_t j = 0; j < n; ++j) {
                const uint64_t * other = l.seen.data() + j*n_words;
                int64_t n_shared = 0;
                for (size_t w = 0; w < n_words; ++w) {
                    n_shared += count_bits(seen[w] & other[w]);
                }
                out.shared.push_back((double) n_shared);
            }
            if (has_logits) {
                for (size_t j = 0; j < n; ++j) {
                    out.logits.push_back(l.logits[std::max(i, j)*n + std::min(i, j)]);
                }
            }
            if (!options.outputs) {
                continue;
            }
            double square = 0, entropy = 0, norm = 0;
            for (int64_t d = 0; d < n_embd && !l.sums.empty(); ++d) {
                const double q    = l.squares[i*n_embd + d];
                const double mean = l.counts[i] > 0 ? l.sums[i*n_embd + d]/l.counts[i] : 0;
                square  += q;
                norm    += std::sqrt(q);
                entropy += l.counts[i] > 0 ? 0.5*std::log(q/l.counts[i] - mean*mean) : 0;
            }
            out.squares    .push_back(square);
            out.output_norm.push_back(norm);
            out.entropy    .push_back(l.counts[i] > 1 && std::isfinite(entropy) ? entropy : nan);
            for (size_t j = 0; j < n; ++j) {
                double dot = 0, own = 0, others = 0;
                for (int64_t d = 0; d < n_embd && !l.sums.empty(); ++d) {
                    const double a = l.sums[i*n_embd + d];
                    const double b = l.sums[j*n_embd + d];
                    dot    += a*b;
                    own    += a*a;
                    others += b*b;
                }
                out.similarity.push_back(own > 0 && others > 0 ? dot/std::sqrt(own*others) : 0);
            }
        }
    }
    for (int32_t w = 0; w < n_windows; ++w) {
        for (const layer & l : layers) {
            out.windows.insert(out.windows.end(), l.windows.begin() + (size_t) w*n, l.windows.begin() + (size_t) (w + 1)*n);
        }
    }
    return out;
}
