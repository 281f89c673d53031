#include "llama-moe-graph.h"

#include "llama-moe-addition.h"
#include "llama-packed-attn.h"

#include "llama-batch.h"
#include "llama-cparams.h"
#include "llama-hparams.h"
#include "llama-model.h"

#include "ggml-impl.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_set>

namespace {

bool is_softmax(int32_t gating) {
    return gating == LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX || gating == LLAMA_EXPERT_GATING_FUNC_TYPE_SOFTMAX_WEIGHT;
}

// Whether experts that are masked in the logits are masked in these scores too.
bool follows(const ggml_tensor * scores, const ggml_tensor * masked_logits, const ggml_tensor * bias) {
    const ggml_tensor * t = scores->op == GGML_OP_SOFT_MAX ? scores->src[0] : scores;
    if (bias && t->op == GGML_OP_ADD && t->src[1] == bias) {
        t = t->src[0];
    }
    return t == masked_logits;
}

// n rows of a matrix, starting at `first`; nullptr for nullptr
ggml_tensor * rows(ggml_context * ctx, ggml_tensor * t, int64_t first, int64_t n) {
    return t ? ggml_view_2d(ctx, t, t->ne[0], n, t->nb[1], first*t->nb[1]) : nullptr;
}

// Removes the model's head from a graph whose logits nobody reads: for every token, they would be the graph's largest tensor.
void cut_head(const llm_graph_context & graph) {
    ggml_tensor * logits = graph.res->t_logits;
    if (!logits) {
        return;
    }
    std::unordered_set<const ggml_tensor *> cut = { logits };
    for (const ggml_tensor * t = logits; t->op != GGML_OP_MUL_MAT && t->src[0]; ) {
        t = t->src[0];
        cut.insert(t);
    }
    ggml_cgraph * gf = graph.gf;
    gf->n_nodes = (int) (std::remove_if(gf->nodes, gf->nodes + gf->n_nodes, [&](const ggml_tensor * t) { return cut.count(t) > 0; }) - gf->nodes);
    graph.res->t_logits = nullptr;
}

} // namespace

llm_moe_graph * llm_moe_graph_of(const llm_graph_result & result) {
    for (const auto & input : result.inputs) {
        if (auto * own = dynamic_cast<llm_moe_graph *>(input.get())) {
            return own;
        }
    }
    return nullptr;
}

llm_moe_graph & llm_moe_graph_of(const llm_graph_context & graph, const llama_moe_state & state) {
    llm_moe_graph * own = llm_moe_graph_of(*graph.res);
    if (!own) {
        own = static_cast<llm_moe_graph *>(graph.res->add_input(std::make_unique<llm_moe_graph>(state)));
    }
    return *own;
}

int llm_graph_insert(ggml_cgraph * gf, int at, const std::function<void()> & build) {
    const int n_before = gf->n_nodes;
    build();
    std::rotate(gf->nodes + at + 1, gf->nodes + n_before, gf->nodes + gf->n_nodes);
    return at + gf->n_nodes - n_before;
}

ggml_tensor * llm_graph_concat(const llm_graph_context & graph, int dim, int64_t first, int64_t end, const std::function<ggml_tensor *(int64_t)> & part) {
    ggml_tensor * cur;
    if (end - first == 1) {
        cur = part(first);
    } else {
        const int64_t middle = (first + end + 1)/2;
        ggml_tensor * front = llm_graph_concat(graph, dim, first,  middle, part);
        ggml_tensor * back  = llm_graph_concat(graph, dim, middle, end,    part);
        cur = ggml_concat(graph.ctx0, front, back, dim);
    }
    ggml_build_forward_expand(graph.gf, cur);
    return cur;
}

void llm_moe_graph::set_input(const llama_ubatch *) {
    if (mask) {
        ggml_backend_tensor_set(mask, state.mask.data(), 0, ggml_nbytes(mask));
    }
}

llama_moe_state::llama_moe_state(const llama_model * model, const llama_moe_params & params) : model(model), params(params) {}

ggml_tensor * llama_moe_state::build_moe(const llm_graph_context & graph, const llm_moe_block & block) {
    if (graph.cparams.warmup) {
        return nullptr;
    }
    llm_moe_graph & own = llm_moe_graph_of(graph, *this);
    own.block         = block;
    own.masked_logits = nullptr;

    if (defers(own)) {
        return build_deferred(graph, own, block);
    }
    const bool in_slices = params.n_slice > 0 && block.input->ne[1] > params.n_slice;
    return in_slices ? build_slices(graph, own, block) : nullptr;
}

ggml_tensor * llama_moe_state::at_moe(const llm_graph_context & graph, llm_moe_point point, ggml_tensor * cur, int il) {
    if (graph.cparams.warmup) {
        return cur;
    }
    llm_moe_graph & own = llm_moe_graph_of(graph, *this);
    switch (point) {
        case LLM_MOE_LOGITS:
            if (is_masked() && is_softmax(own.block.gating)) {
                cur = ggml_add(graph.ctx0, cur, build_mask(graph, own, il));
                graph.cb(cur, "ffn_moe_logits_kept", il);
                own.masked_logits = cur;
            }
            return cur;
        case LLM_MOE_SCORES:
            if (is_masked() && !(own.masked_logits && follows(cur, own.masked_logits, own.block.bias))) {
                cur = ggml_add(graph.ctx0, cur, build_mask(graph, own, il));
                graph.cb(cur, "ffn_moe_probs_kept", il);
            }
            return cur;
        case LLM_MOE_SELECTED:
            own.ids = cur;
            return cur;
        case LLM_MOE_WEIGHTS:
            own.weights = cur;
            return cur;
        case LLM_MOE_OUTPUTS:
            if (has_taps()) {
                add_taps(graph, own, cur, il);
            }
            take_down(graph, own, cur, il);
            return cur;
        case LLM_MOE_COMBINED:
            if (has_taps() && !own.whole && !own.taps.back().routed) {
                own.taps.back().routed = cur;
            }
            return cur;
    }
    return cur;
}

ggml_tensor * llama_moe_state::build_mask(const llm_graph_context & graph, llm_moe_graph & own, int il) {
    if (!own.mask) {
        own.mask = ggml_new_tensor_2d(graph.ctx0, GGML_TYPE_F32, graph.hparams.n_expert, graph.hparams.n_layer_all);
        ggml_set_input(own.mask);
        graph.cb(own.mask, "inp_moe_mask", -1);
    }
    return ggml_view_1d(graph.ctx0, own.mask, own.mask->ne[0], il*own.mask->nb[1]);
}

ggml_tensor * llama_moe_state::build_slices(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block) {
    const int64_t n_tokens = block.input->ne[1];
    const int64_t n_slice  = params.n_slice;

    own.whole = block.input;
    ggml_tensor * moe_out = llm_graph_concat(graph, 1, 0, (n_tokens + n_slice - 1)/n_slice, [&](int64_t i) {
        const int64_t first = i*n_slice;
        const int64_t n     = std::min(n_slice, n_tokens - first);
        const auto part = [&](ggml_tensor * t) { return rows(graph.ctx0, t, first, n); };
        return block.build(part(block.input), part(block.probs), part(block.selected));
    });
    own.whole = nullptr;

    moe_out = at_moe(graph, LLM_MOE_COMBINED, moe_out, block.il);
    graph.cb(moe_out, "ffn_moe_out", block.il);
    return moe_out;
}

void llama_moe_state::add_taps(const llm_graph_context & graph, llm_moe_graph & own, ggml_tensor * experts, int il) {
    if (own.taps.empty() || own.taps.back().il != il) {
        llm_moe_tap tap = {};

        tap.il    = il;
        tap.input = own.whole ? own.whole : own.block.input;
        own.taps.push_back(tap);
    } else if (!own.whole || own.taps.back().routed) {
        return; // the chunk experts of grovemoe follow the routed ones of the same layer
    }

    llm_moe_tap_slice slice = {};

    slice.ids       = ggml_cont(graph.ctx0, own.ids);
    slice.weights   = ggml_cont(graph.ctx0, own.weights);
    slice.norms_sqr = llm_moe_row_dots(graph.ctx0, experts, experts);

    for (ggml_tensor * t : { slice.ids, slice.weights, slice.norms_sqr }) {
        ggml_set_output(t);
        ggml_build_forward_expand(graph.gf, t);
    }

    own.taps.back().slices.push_back(slice);
}

void llama_moe_state::finish(const llm_graph_context & graph) {
    if (graph.cparams.warmup) {
        return;
    }
    llm_moe_graph & own = llm_moe_graph_of(graph, *this);
    finish_deferred(graph, own);
    if (has_taps()) {
        finish_taps(graph, own);
        require_all_layers(graph, own);
    }
    if (importance_callback) {
        own.squares = llm_moe_build_squares(graph);
    }
    if (has_all_rows()) {
        cut_head(graph);
    }
}

void llama_moe_state::finish_taps(const llm_graph_context & graph, llm_moe_graph & own) {
    ggml_context * ctx = graph.ctx0;
    ggml_cgraph  * gf  = graph.gf;

    std::unordered_set<ggml_tensor *> before; // what the MoE layers so far were computed from
    int at = 0;
    for (llm_moe_tap & tap : own.taps) {
        llm_moe_add_ancestors(tap.input, before);
        const llm_moe_addition found = llm_moe_find_addition(ctx, gf, tap.routed, before, graph.hparams.dsv4_hc_mult, at);
        if (!found.routed) {
            throw std::runtime_error("in block " + std::to_string(tap.il) + ", it is unknown where the experts' output is added to the residual stream");
        }
        const auto row_of_token = [&](ggml_tensor * t) {
            ggml_tensor * cont = ggml_is_contiguous(t) ? t : ggml_cont(ctx, t);
            return ggml_reshape_2d(ctx, cont, ggml_nelements(t)/tap.routed->ne[1], tap.routed->ne[1]);
        };
        ggml_tensor * x = row_of_token(found.stream);
        ggml_tensor * r = row_of_token(found.routed);

        tap.x_sqr   = llm_moe_row_dots(ctx, x, x);
        tap.x_dot_r = llm_moe_row_dots(ctx, x, r);
        tap.r_sqr   = llm_moe_row_dots(ctx, r, r);

        at = llm_graph_insert(gf, at, [&] {
            for (ggml_tensor * t : { tap.x_sqr, tap.x_dot_r, tap.r_sqr }) {
                ggml_set_output(t);
                ggml_build_forward_expand(gf, t);
            }
        });
    }
}

void llama_moe_state::require_all_layers(const llm_graph_context & graph, const llm_moe_graph & own) const {
    const bool is_prediction = graph.cparams.ctx_type == LLAMA_CONTEXT_TYPE_MTP;
    const int first = is_prediction ? graph.hparams.n_layer() + graph.cparams.nextn_layer_offset : 0;
    const int end   = is_prediction ? first + 1 : graph.hparams.n_layer();
    for (int il = first; il < end; ++il) {
        const bool has_experts = model->layers.at(il).ffn_down_exps != nullptr;
        const bool has_tap = std::any_of(own.taps.begin(), own.taps.end(), [&](const llm_moe_tap & tap) { return tap.il == il; });
        if (has_experts && !has_tap) {
            throw std::runtime_error("in block " + std::to_string(il) + ", the experts are not computed where their routing can be read");
        }
    }
}

uint32_t llama_moe_state::max_nodes(const llama_hparams & hparams, uint32_t n_tokens) const {
    constexpr uint32_t tap_nodes  = 40; // of one layer
    constexpr uint32_t moe_nodes  = 96; // of one slice, whatever its gate and activation
    constexpr uint32_t used_nodes = 2;  // of one slice and expert used: a view and a sum

    const uint32_t n_slices    = params.n_slice > 0 ? (n_tokens + params.n_slice - 1)/params.n_slice : 0;
    const uint32_t slice_nodes = moe_nodes + used_nodes*hparams.n_expert_used_max();

    uint32_t n_nodes = n_slices*slice_nodes + llm_bands_max_nodes(params, n_tokens);
    if (has_taps() || is_masked()) {
        n_nodes += tap_nodes;
    }
    if (importance_callback) {
        n_nodes += llm_moe_squares_max_nodes(n_slices, hparams.n_expert_used_max());
    }
    if (fit_mode != LLAMA_MOE_FIT_OFF) { // the block once more, and what is watched of both
        n_nodes += tap_nodes + std::max(1u, n_slices)*(slice_nodes + tap_nodes);
    }
    return n_nodes*hparams.n_layer_all;
}
