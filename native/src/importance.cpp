#include "importance.h"

#include "in-threads.h"

#include "ggml.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace {

// number of floats that make starting a thread worthwhile
constexpr int64_t MIN_THREAD_WORK = 1 << 18;

// Calls work(first, end) for parts of [0, n), in as many threads as are worthwhile.
template <typename Work>
void in_parts(int64_t n, int64_t work_items, int32_t n_threads, const Work & work) {
    const int64_t n_parts = std::max<int64_t>(1, std::min<int64_t>({ n_threads, n, work_items/MIN_THREAD_WORK }));
    in_threads(n_parts, (int32_t) n_parts, [&](int64_t i) { work(n*i/n_parts, n*(i + 1)/n_parts); });
}

void add_squares(float * sums, const float * x, int64_t first, int64_t end) {
    for (int64_t j = first; j < end; ++j) {
        sums[j] += x[j]*x[j];
    }
}

// Selected experts of each token, [n_tokens][n_used].
std::vector<int32_t> read_ids(const ggml_tensor * ids, std::vector<uint8_t> & bytes) {
    bytes.resize(ggml_nbytes(ids));
    ggml_backend_tensor_get(ids, bytes.data(), 0, bytes.size());

    std::vector<int32_t> experts;
    experts.reserve(ids->ne[0]*ids->ne[1]);
    for (int64_t t = 0; t < ids->ne[1]; ++t) {
        for (int64_t i = 0; i < ids->ne[0]; ++i) {
            experts.push_back(*(const int32_t *) (bytes.data() + t*ids->nb[1] + i*ids->nb[0]));
        }
    }
    return experts;
}

void add_rows_on_host(importance_input & input, const ggml_tensor * w, const ggml_tensor * x, const uint8_t * data, int32_t n_threads) {
    const int64_t n_in = x->ne[0];
    in_parts(n_in, ggml_nelements(x), n_threads, [&](int64_t first, int64_t end) {
        for (int64_t i3 = 0; i3 < x->ne[3]; ++i3) {
            for (int64_t i2 = 0; i2 < x->ne[2]; ++i2) {
                float * sums = input.sums.data() + llama_moe_matrix_of(w, i2, i3)*n_in;
                for (int64_t i1 = 0; i1 < x->ne[1]; ++i1) {
                    add_squares(sums, (const float *) (data + i1*x->nb[1] + i2*x->nb[2] + i3*x->nb[3]), first, end);
                }
            }
        }
    });
}

void add_routed_on_host(importance_input & input, const std::vector<int32_t> & experts, int64_t n_used, const ggml_tensor * x, const uint8_t * data, int32_t n_threads) {
    const int64_t n_in     = x->ne[0];
    const int64_t n_tokens = x->ne[2];
    in_parts(n_in, n_tokens*n_used*n_in, n_threads, [&](int64_t first, int64_t end) {
        for (int64_t t = 0; t < n_tokens; ++t) {
            for (int64_t i = 0; i < n_used; ++i) {
                const auto * row = (const float *) (data + i % x->ne[1]*x->nb[1] + t*x->nb[2]);
                add_squares(input.sums.data() + experts[t*n_used + i]*n_in, row, first, end);
            }
        }
    });
}

} // namespace

void importance_collector::clear() {
    inputs.clear();
    by_name.clear();
    fresh.clear();
}

void importance_collector::restore(std::vector<importance_input> collected) {
    clear();
    inputs = std::move(collected);
    for (size_t i = 0; i < inputs.size(); ++i) {
        for (const auto & name : inputs[i].names) {
            const bool is_shared = name != inputs[i].names.front();
            if (!by_name.emplace(name, std::make_pair(i, is_shared)).second) {
                throw std::runtime_error("an importance matrix names " + name + " twice");
            }
        }
    }
}

bool importance_collector::wants(const ggml_tensor * t) const {
    if (!llama_moe_has_importance(t)) {
        return false;
    }
    const auto known = by_name.find(llama_moe_weight_name(t->src[0]));
    return known == by_name.end() || !known->second.second;
}

// The node's input among those that are collected; is_shared: another matrix's node adds it.
size_t importance_collector::input_of(const ggml_tensor * t, const std::string & name, bool & is_shared) {
    const auto known = by_name.find(name);
    if (known != by_name.end()) {
        fresh.clear(); // the graph has started again: other tensors may be at the same addresses
        is_shared = known->second.second;
        return known->second.first;
    }
    const auto source = std::make_pair((const ggml_tensor *) t->src[1], (const ggml_tensor *) t->src[2]);
    const auto same = std::find_if(fresh.begin(), fresh.end(), [&](const auto & f) { return f.first == source; });
    const int64_t n_in     = t->src[1]->ne[0];
    const int64_t n_mat    = t->src[0]->ne[2]*t->src[0]->ne[3];
    const size_t  n_counts = t->op == GGML_OP_MUL_MAT_ID ? n_mat : 1;

    is_shared = same != fresh.end() && inputs[same->second].sums.size() == (size_t) (n_in*n_mat);
    const size_t i = is_shared ? same->second : inputs.size();
    if (!is_shared) {
        inputs.push_back({ {}, std::vector<double>(n_counts, 0.0), std::vector<float>(n_in*n_mat, 0.0f) });
        fresh.push_back({ source, i });
    }
    inputs[i].names.push_back(name);
    by_name.emplace(name, std::make_pair(i, is_shared));
    return i;
}

void importance_collector::add(const ggml_tensor * t, int32_t n_threads) {
    const ggml_tensor * w = t->src[0];
    const ggml_tensor * x = t->src[1];
    const std::string name = llama_moe_weight_name(w);

    bool is_shared = false;
    importance_input & input = inputs[input_of(t, name, is_shared)];
    if (is_shared) {
        return;
    }
    const bool    is_routed = t->op == GGML_OP_MUL_MAT_ID;
    const int64_t n_mat     = w->ne[2]*w->ne[3];
    if (input.sums.size() != (size_t) (x->ne[0]*n_mat) || input.counts.size() != (size_t) (is_routed ? n_mat : 1)) {
        throw std::runtime_error("the importance of " + name + " was collected for another shape");
    }

    std::vector<int32_t> experts;
    const int64_t n_used = is_routed ? t->src[2]->ne[0] : 0;
    if (is_routed) {
        experts = read_ids(t->src[2], id_bytes);
        for (const int32_t e : experts) {
            input.counts.at(e) += 1;
        }
    } else {
        input.counts[0] += (double) (ggml_nrows(x)/n_mat);
    }

    const bool is_host = ggml_backend_buffer_is_host(x->buffer);
    const uint8_t * data = (const uint8_t *) x->data;
    if (!is_host) {
        input_bytes.resize(ggml_nbytes(x));
        ggml_backend_tensor_get(x, input_bytes.data(), 0, input_bytes.size());
        data = input_bytes.data();
    }
    if (is_routed) {
        add_routed_on_host(input, experts, n_used, x, data, n_threads);
    } else {
        add_rows_on_host(input, w, x, data, n_threads);
    }
}

void importance_collector::add(const std::vector<importance_input> & parts) {
    for (const auto & part : parts) {
        const auto known = by_name.find(part.names.front());
        const size_t i = known == by_name.end() ? inputs.size() : known->second.first;
        if (i == inputs.size()) {
            inputs.push_back({ {}, std::vector<double>(part.counts.size(), 0.0), std::vector<float>(part.sums.size(), 0.0f) });
        }
        importance_input & input = inputs[i];
        for (const auto & name : part.names) {
            if (by_name.emplace(name, std::make_pair(i, !input.names.empty())).second) {
                input.names.push_back(name);
            }
        }
        if (input.sums.size() != part.sums.size() || input.counts.size() != part.counts.size()) {
            throw std::runtime_error("the importance of " + part.names.front() + " was collected for another shape");
        }
        std::transform(part.sums.begin(), part.sums.end(), input.sums.begin(), input.sums.begin(), std::plus<>());
        std::transform(part.counts.begin(), part.counts.end(), input.counts.begin(), input.counts.begin(), std::plus<>());
    }
}

const std::vector<importance_input> & importance_collector::collected() const {
    for (const auto & input : inputs) {
        if (!std::all_of(input.sums.begin(), input.sums.end(), [](float sum) { return std::isfinite(sum); })) {
            throw std::runtime_error("the model computes values that are not numbers: what " + input.names.front() + " is multiplied with");
        }
    }
    return inputs;
}
