#include "elimination-watch.h"

#include "router-watch.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>

elimination_watch::elimination_watch(llama_context * ctx, elimination_watch_options options_, const task_control & control) : ctx(ctx), options(std::move(options_)), control(control) {
    llama_moe_set_sample(ctx, options.sample);
}

bool elimination_watch::wants(ggml_tensor * t) {
    int32_t il = -1;
    for (const char * what : { "input", "experts", "gram", "ids", "weights", "stream" }) {
        if (is_block_tensor(t, what, il)) {
            return true;
        }
    }
    return false;
}

void elimination_watch::add(const ggml_tensor * t) {
    control.check();
    int32_t il = -1;
    if (is_block_tensor(t, "input", il)) {
        now = {}; // it is the first of each block's nodes to be computed
        now.n_embd = (int32_t) t->ne[0];
        append_values(now.input, t);
    } else if (is_block_tensor(t, "experts", il)) {
        append_first_values(now.experts, t, options.n_expert);
    } else if (is_block_tensor(t, "gram", il)) {
        append_values(now.gram, t);
    } else if (is_block_tensor(t, "ids", il)) {
        append_first_values(now.ids, t, llama_moe_gate_of(ctx, il).n_used);
    } else if (is_block_tensor(t, "weights", il)) {
        append_values(now.weights, t);
    } else if (is_block_tensor(t, "stream", il)) {
        finish(il, t);
    }
}

std::vector<eliminated_block> elimination_watch::take() {
    return std::move(done);
}

void elimination_watch::finish(int32_t il, const ggml_tensor * stream) {
    const size_t n = options.sample.size();
    const size_t e = (size_t) options.n_expert;
    const int32_t n_used = llama_moe_gate_of(ctx, il).n_used;
    if (now.experts.size() != n*e || now.gram.size() != n*e*e || now.input.size() != n*now.n_embd || now.ids.size() != (size_t) n_used*options.n_tokens || now.weights.size() != now.ids.size()) {
        throw std::runtime_error("block " + std::to_string(il) + ": its experts are not computed one by one");
    }
    std::vector<int32_t> all(e);
    std::iota(all.begin(), all.end(), 0);
    const router_gate gate = gate_of_block(ctx, il, all, options.ungrouped);

    elimination_data data;
    data.n_tokens = (int32_t) n;
    data.n_expert = options.n_expert;
    data.logits   = logits_of(il, gate);
    require_same_routing(il, gate, data.logits);
    data.gram     = gram_by_expert(il);
    std::vector<float> row(now.n_embd);
    for (const int32_t t : options.sample) {
        ggml_backend_tensor_get(stream, row.data(), (size_t) t*stream->nb[1], row.size()*sizeof(float));
        const double square = std::inner_product(row.begin(), row.end(), row.begin(), 0.0, std::plus<>(), [](double a, double b) { return a*b; });
        data.norm.push_back(std::max(square, 1e-20));
    }
    done.push_back({ il, eliminate_experts(gate, data, options.n_threads, [&] { control.check(); }) });
    now = {};
    options.on_block((int32_t) done.size());
}

std::vector<double> elimination_watch::logits_of(int32_t il, const router_gate & gate) const {
    const auto rows = llama_moe_router_rows(llama_get_model(ctx), il);
    const size_t n_expert = (size_t) options.n_expert;
    if (rows.size() != n_expert*now.n_embd) {
        throw std::runtime_error("block " + std::to_string(il) + ": its router sees something else than its experts");
    }
    std::vector<double> logits;
    logits.reserve(options.sample.size()*n_expert);
    for (size_t t = 0; t < options.sample.size(); ++t) {
        const float * input = now.input.data() + t*now.n_embd;
        for (size_t e = 0; e < n_expert; ++e) {
            const float * row = rows.data() + e*now.n_embd;
            double sum = gate.bias.empty() ? 0 : gate.bias[e];
            for (int32_t d = 0; d < now.n_embd; ++d) {
                sum += (double) input[d]*row[d];
            }
            logits.push_back(sum);
        }
    }
    return logits;
}

std::vector<float> elimination_watch::gram_by_expert(int32_t il) const {
    const size_t n_expert = (size_t) options.n_expert;
    const float  factor   = llama_moe_gate_of(ctx, il).factor;
    std::vector<float> sorted(now.gram.size());
    for (size_t t = 0; t < options.sample.size(); ++t) {
        const int32_t * experts = now.experts.data() + t*n_expert;
        const float   * from    = now.gram.data() + t*n_expert*n_expert;
        float         * to      = sorted.data() + t*n_expert*n_expert;
        for (size_t i = 0; i < n_expert; ++i) {
            for (size_t j = 0; j < n_expert; ++j) {
                to[(size_t) experts[i]*n_expert + experts[j]] = factor*factor*from[i*n_expert + j];
            }
        }
    }
    return sorted;
}

void elimination_watch::require_same_routing(int32_t il, const router_gate & gate, const std::vector<double> & logits) const {
    std::vector<int32_t> all(gate.n_expert);
    std::iota(all.begin(), all.end(), 0);
    routing_difference difference;
    for (size_t at = 0; at < options.sample.size(); ++at) {
        const size_t first = (size_t) options.sample[at]*gate.n_used;
        const routed chosen = route_logits(gate, { logits.begin() + at*gate.n_expert, logits.begin() + (at + 1)*gate.n_expert }, all.data(), gate.n_expert);
        std::map<int32_t, double> here, there;
        for (size_t i = 0; i < chosen.places.size(); ++i) {
            here[chosen.places[i]] = chosen.weights[i];
        }
        for (int32_t i = 0; i < gate.n_used; ++i) {
            there[now.ids[first + i]] = now.weights[first + i];
        }
        difference.add(here, there);
    }
    if (difference.is_other()) {
        throw std::runtime_error("block " + std::to_string(il) + ": its router weighs experts otherwise than they are dropped by");
    }
}
