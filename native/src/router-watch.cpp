#include "router-watch.h"

#include "llama-model.h"

#include <algorithm>
#include <stdexcept>

namespace {

router_gating gating_of(int32_t il, int32_t gating) {
    switch (gating) {
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX:        return router_gating::SOFTMAX;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SIGMOID:        return router_gating::SIGMOID;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX_WEIGHT: return router_gating::SOFTMAX_CHOSEN;
        case LLAMA_EXPERT_GATING_FUNC_TYPE_SQRT_SOFTPLUS:  return router_gating::SQRT_SOFTPLUS;
        default: throw std::runtime_error("block " + std::to_string(il) + ": its gate is of no known kind");
    }
}

std::vector<double> of_kept(const ggml_tensor * t, const std::vector<int32_t> & experts) {
    std::vector<double> out;
    if (t) {
        const auto values = llama_moe_values(t);
        for (const int32_t e : experts) {
            out.push_back(values.at(e));
        }
    }
    return out;
}

} // namespace

router_gate gate_of_block(const llama_context * ctx, int32_t il, const std::vector<int32_t> & experts, bool ungrouped) {
    const llama_moe_gate & own = llama_moe_gate_of(ctx, il);
    router_gate gate;
    gate.n_expert       = (int32_t) experts.size();
    gate.gating         = gating_of(il, own.gating);
    gate.normalised     = own.normalised;
    gate.scale          = own.scale == 0.0f ? 1.0 : own.scale;
    gate.n_used         = own.n_used;
    gate.n_groups       = ungrouped ? 1 : std::max(1, own.n_groups);
    gate.n_groups_used  = own.n_groups_used;
    gate.bias           = of_kept(own.bias, experts);
    gate.selection_bias = of_kept(own.selection_bias, experts);
    return gate;
}

router_watch::router_watch(llama_context * ctx, router_watch_options options_, const task_control & control) : ctx(ctx), options(std::move(options_)), control(control) {
    // the graph must read routers that can be set while it is computed
    const llama_model * model = llama_get_model(ctx);
    for (int32_t il = 0; il < llama_model_n_layer(model); ++il) {
        if (model->layers[il].ffn_gate_inp) {
            llama_moe_set_router(ctx, il, llama_moe_router_rows(model, il), std::vector<float>(options.scales ? options.n_expert : 0, 1.0f));
        }
    }
}

bool router_watch::wants(ggml_tensor * t) {
    int32_t il = -1;
    if (is_block_tensor(t, "target", il)) {
        now.data.n_tokens     = options.n_tokens;
        now.data.n_candidates = options.n_candidates;
        now.data.norm         = set_teacher(options.streams, il, t->src[0], options.n_tokens);
        return true;
    }
    llama_moe_refresh_copy(ctx, t);
    for (const char * what : { "square", "input", "experts", "gram", "dots", "ids", "weights", "stream" }) {
        if (is_block_tensor(t, what, il)) {
            return true;
        }
    }
    return false;
}

void router_watch::add(const ggml_tensor * t) {
    control.check();
    int32_t il = -1;
    if (is_block_tensor(t, "stream", il)) {
        require_same_routing(il);
        options.on_block(++n_done);
    } else if (is_block_tensor(t, "square", il)) {
        append_values(now.data.square, t);
    } else if (is_block_tensor(t, "input", il)) {
        now = {}; // it is the first of each block's nodes to be computed
        now.data.n_embd = (int32_t) t->ne[0];
        append_values(now.data.input, t);
    } else if (is_block_tensor(t, "experts", il)) {
        append_first_values(now.data.candidates, t, options.n_candidates);
    } else if (is_block_tensor(t, "gram", il)) {
        append_values(now.data.gram, t);
    } else if (is_block_tensor(t, "dots", il)) {
        append_values(now.data.dots, t);
    } else if (is_block_tensor(t, "ids", il)) {
        append_first_values(now.ids, t, now.gate.n_used);
    } else if (is_block_tensor(t, "weights", il)) {
        append_values(now.weights, t);
    }
    if (is_whole()) {
        fit(il);
    }
}

bool router_watch::is_whole() const {
    const auto & data = now.data;
    const size_t n    = (size_t) options.n_tokens*options.n_candidates;
    return now.experts.empty() && n > 0 && data.dots.size() == n && data.candidates.size() == n && data.gram.size() == n*options.n_candidates &&
        data.square.size() == (size_t) options.n_tokens && !data.input.empty() && !data.norm.empty();
}

std::vector<fitted_router> router_watch::take() {
    return std::move(done);
}

void router_watch::fit(int32_t il) {
    auto & data = now.data;
    std::vector<int32_t> place(options.n_expert, -1);
    for (int32_t e = 0; e < options.n_expert; ++e) {
        if (options.kept[(size_t) il*options.n_expert + e]) {
            place[e] = (int32_t) now.experts.size();
            now.experts.push_back(e);
        }
    }
    const size_t n_kept = now.experts.size();
    now.gate = gate_of_block(ctx, il, now.experts, options.ungrouped);

    for (int32_t & e : data.candidates) {
        e = place.at(e);
        if (e < 0) {
            throw std::runtime_error("block " + std::to_string(il) + ": fewer experts can be chosen than are to be compared");
        }
    }
    const float factor = llama_moe_gate_of(ctx, il).factor;
    if (factor != 1.0f) {
        std::for_each(data.dots.begin(), data.dots.end(), [&](float & v) { v *= factor; });
        std::for_each(data.gram.begin(), data.gram.end(), [&](float & v) { v *= factor*factor; });
    }

    const auto own = llama_moe_router_rows(llama_get_model(ctx), il);
    now.params.rows.resize(data.n_embd*n_kept);
    for (size_t e = 0; e < n_kept; ++e) {
        for (int32_t d = 0; d < data.n_embd; ++d) {
            now.params.rows[d*n_kept + e] = own[(size_t) now.experts[e]*data.n_embd + d];
        }
    }
    now.params.scales.assign(options.scales ? n_kept : 0, 1.0);

    fitted_router fitted;
    fitted.il = il;
    if (!load(il, fitted, data.n_embd*n_kept)) {
        std::vector<uint8_t> is_aside(data.n_tokens, 0);
        for (const int32_t t : options.aside) {
            is_aside.at(t) = 1;
        }
        std::vector<int32_t> training;
        for (int32_t t = 0; t < data.n_tokens; ++t) {
            if (!is_aside[t]) {
                training.push_back(t);
            }
        }
        const auto best = fit_router(now.gate, data, now.params, training, options.aside, options.fit, [&] { control.check(); });
        if (!std::isfinite(best.after)) {
            throw std::runtime_error("the model computes values that are not numbers: in block " + std::to_string(il));
        }
        fitted.before = best.before;
        fitted.after  = best.after;
        fitted.epoch  = best.epoch;
        fitted.rows.resize(data.n_embd*n_kept);
        for (size_t e = 0; e < n_kept; ++e) {
            for (int32_t d = 0; d < data.n_embd; ++d) {
                fitted.rows[e*data.n_embd + d] = (float) best.params.rows[d*n_kept + e];
            }
        }
        fitted.scales.assign(best.params.scales.begin(), best.params.scales.end());
        save(fitted);
    }
    for (size_t e = 0; e < n_kept; ++e) { // rounded to single precision, in which it is written
        for (int32_t d = 0; d < data.n_embd; ++d) {
            now.params.rows[d*n_kept + e] = fitted.rows[e*data.n_embd + d];
        }
    }
    now.params.scales.assign(fitted.scales.begin(), fitted.scales.end());
    set_routers(ctx, { fitted }, options.kept, options.n_expert);
    done.push_back(std::move(fitted));
}

void router_watch::require_same_routing(int32_t il) const {
    const int32_t n_used = now.gate.n_used;
    if (now.ids.size() != (size_t) n_used*options.n_tokens || now.weights.size() != now.ids.size()) {
        throw std::runtime_error("block " + std::to_string(il) + ": it was not fitted");
    }
    routing_difference difference;
    for (int32_t t = 0; t < options.n_tokens; ++t) {
        const int32_t * candidates = now.data.candidates.data() + (size_t) t*now.data.n_candidates;
        const int32_t * end        = candidates + now.data.n_candidates;
        std::map<int32_t, double> there;
        for (int32_t i = 0; i < n_used; ++i) {
            const auto e = std::lower_bound(now.experts.begin(), now.experts.end(), now.ids[(size_t) t*n_used + i]);
            there[(int32_t) (e - now.experts.begin())] = now.weights[(size_t) t*n_used + i];
        }
        if (!std::all_of(there.begin(), there.end(), [&](const auto & one) { return std::find(candidates, end, one.first) != end; })) {
            continue;
        }
        const router_choice chosen = route(now.gate, now.data, now.params, t);
        std::map<int32_t, double> here;
        for (size_t i = 0; i < chosen.places.size(); ++i) {
            here[candidates[chosen.places[i]]] = chosen.weights[i];
        }
        difference.add(here, there);
    }
    if (difference.is_other()) {
        throw std::runtime_error("block " + std::to_string(il) + ": its router weighs experts otherwise than it is fitted");
    }
}

void router_watch::save(const fitted_router & fitted) const {
    write_block_file(block_path(options.folder, "router", fitted.il), [&](const auto & put) {
        const double facts[] = { (double) fitted.rows.size(), (double) fitted.scales.size(), fitted.before, fitted.after, (double) fitted.epoch };
        put(facts, sizeof(facts));
        put(fitted.rows.data(),   fitted.rows.size()*sizeof(float));
        put(fitted.scales.data(), fitted.scales.size()*sizeof(float));
    });
}

bool router_watch::load(int32_t il, fitted_router & fitted, size_t n_rows) const {
    const block_file file = open_block_file(block_path(options.folder, "router", il));
    double facts[5];
    if (!file || !read_block_file(file.get(), facts, sizeof(facts)) || facts[0] != (double) n_rows || facts[1] != (double) now.params.scales.size()) {
        return false;
    }
    fitted.rows  .resize(n_rows);
    fitted.scales.resize(now.params.scales.size());
    fitted.before = facts[2];
    fitted.after  = facts[3];
    fitted.epoch  = (int32_t) facts[4];
    return read_block_file(file.get(), fitted.rows.data(), n_rows*sizeof(float)) && read_block_file(file.get(), fitted.scales.data(), fitted.scales.size()*sizeof(float));
}
