#include "llama-moe-fit.h"
#include "llama-moe-addition.h"
#include "llama-moe-graph.h"

#include "llama-context.h"
#include "llama-hparams.h"
#include "llama-model.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

std::string of_block(int il) {
    return "block " + std::to_string(il) + ": ";
}

void name(ggml_tensor * t, const char * what, int il) {
    ggml_format_name(t, "moe_%s-%d", what, il);
}

// By rank, of what the best are a view of.
ggml_tensor * all_of(ggml_tensor * best) {
    return best->view_src ? best->view_src : best;
}

// Zero, as soon as t is computed: what it is added to is computed after t, in whatever order a device takes nodes.
ggml_tensor * zero_after(ggml_context * ctx, ggml_tensor * t) {
    return ggml_scale(ctx, ggml_view_1d(ctx, t, 1, 0), 0.0f);
}

} // namespace

bool llama_moe_state::defers(const llm_moe_graph & own) const {
    return fit_mode != LLAMA_MOE_FIT_OFF && own.fit == llm_moe_graph::FIT_NONE;
}

ggml_tensor * llama_moe_state::build_deferred(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block) {
    const bool is_known = block.router && !block.probs && !block.selected && graph.arch != LLM_ARCH_LLAMA4 && graph.arch != LLM_ARCH_GROVEMOE;
    if (!is_known) {
        throw std::runtime_error(of_block(block.il) + "its router is no part of its experts' block");
    }
    if (graph.hparams.dsv4_hc_mult > 1) {
        throw std::runtime_error(of_block(block.il) + "there are several residual streams");
    }
    own.deferred.push_back({ block, ggml_scale(graph.ctx0, block.input, 0.0f) });
    gates[block.il] = {
        block.gating, block.normalised, block.scale, 1.0f, (int32_t) block.n_expert_used,
        (int32_t) graph.hparams.n_expert_groups, (int32_t) graph.hparams.n_group_used, block.bias, block.selection_bias,
    };
    return own.deferred.back().placeholder;
}

void llama_moe_state::finish_deferred(const llm_graph_context & graph, llm_moe_graph & own) {
    std::unordered_set<ggml_tensor *> before; // what the deferred blocks so far were computed from
    int at = 0;
    for (const llm_moe_deferred & deferred : own.deferred) {
        const int il = deferred.block.il;
        llm_moe_add_ancestors(deferred.block.input, before);
        const llm_moe_addition found = llm_moe_find_addition(graph.ctx0, graph.gf, deferred.placeholder, before, 1, at);
        if (!found.routed) {
            throw std::runtime_error(of_block(il) + "where its experts' output is added to the residual stream was not found");
        }
        auto & gate = gates.at(il);
        if (found.routed != deferred.placeholder) {
            if (found.routed->op != GGML_OP_SCALE || found.routed->src[0] != deferred.placeholder) {
                throw std::runtime_error(of_block(il) + "its experts' output is projected or normalised before it is added");
            }
            memcpy(&gate.factor, found.routed->op_params, sizeof(float));
        }
        const ggml_tensor * sum = found.sum;
        const ggml_tensor * input = deferred.block.input;
        if (sum->ne[0] != input->ne[0] || sum->ne[1] != input->ne[1] || ggml_nelements(sum) != sum->ne[0]*sum->ne[1] || !ggml_is_contiguous(sum)) {
            throw std::runtime_error(of_block(il) + "there are several residual streams");
        }
        at = llm_graph_insert(graph.gf, at, [&] { build_fitted(graph, own, deferred.block, found.sum); });
    }
}

void llama_moe_state::build_fitted(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum) {
    ggml_tensor * input = block.input;
    if (fit_mode == LLAMA_MOE_FIT_PRODUCTS) {
        own.fit = llm_moe_graph::FIT_CANDIDATES;
        input = build_products(graph, own, block, sum);
    }
    own.fit = llm_moe_graph::FIT_WHOLE;
    ggml_tensor * routed = block.build(input, nullptr, nullptr, block.n_expert_used);
    own.fit = llm_moe_graph::FIT_NONE;

    const float factor = gates.at(block.il).factor;
    if (factor != 1.0f) {
        routed = ggml_scale(graph.ctx0, routed, factor);
    }
    ggml_tensor * stream = ggml_add_inplace(graph.ctx0, sum, routed);
    name(stream, "stream", block.il);
    // memory goes when the last child of a tensor is computed
    ggml_build_forward_expand(graph.gf, zero_after(graph.ctx0, stream));
}

ggml_tensor * llama_moe_state::build_products(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum) {
    ggml_context * ctx   = graph.ctx0;
    ggml_tensor *  input = block.input;
    const int64_t n_embd   = sum->ne[0];
    const int64_t n_tokens = sum->ne[1];
    if (!own.teacher) {
        own.teacher = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, n_embd, n_tokens);
        ggml_set_input(own.teacher);
        ggml_set_output(own.teacher); // it is set anew for each block: nothing else may take its place
        ggml_set_name(own.teacher, "moe_teacher");
    }
    ggml_tensor * target = ggml_sub(ctx, own.teacher, sum);
    name(target, "target", block.il);
    ggml_build_forward_expand(graph.gf, target);

    ggml_tensor * square = llm_moe_row_dots(ctx, target, target);
    name(square, "square", block.il);
    ggml_tensor * zero = zero_after(ctx, square);
    name(input, "input", block.il);

    const int64_t n_slice = params.n_slice > 0 ? params.n_slice : n_tokens;
    for (int64_t first = 0; first < n_tokens; first += n_slice) {
        const int64_t n = std::min(n_slice, n_tokens - first);
        block.build(ggml_view_2d(ctx, input, input->ne[0], n, input->nb[1], first*input->nb[1]), nullptr, nullptr, n_candidates);
        ggml_tensor * wanted = ggml_view_3d(ctx, target, n_embd, 1, n, target->nb[1], target->nb[1], first*target->nb[1]);

        ggml_tensor * gram = ggml_mul_mat(ctx, own.experts, own.experts);
        ggml_tensor * dots = ggml_mul_mat(ctx, own.experts, wanted);
        for (ggml_tensor * products : { gram, dots }) {
            ggml_mul_mat_set_prec(products, GGML_PREC_F32);
        }
        name(gram, "gram", block.il);
        name(dots, "dots", block.il);
        for (ggml_tensor * t : { gram, dots }) {
            ggml_build_forward_expand(graph.gf, t);
            zero = ggml_add(ctx, zero, zero_after(ctx, t));
        }
    }
    return ggml_add(ctx, input, zero);
}

void llama_moe_state::name_fitted(llm_moe_graph & own, ggml_tensor * experts, int il) const {
    if (own.fit == llm_moe_graph::FIT_CANDIDATES) {
        own.experts = experts;
        name(all_of(own.ids), "experts", il);
    } else if (own.fit == llm_moe_graph::FIT_WHOLE && fit_mode == LLAMA_MOE_FIT_PRODUCTS) {
        name(all_of(own.ids), "ids",     il);
        name(own.weights,     "weights", il);
    }
}

const llm_moe_router * llama_moe_state::router_of(int il) const {
    const auto found = routers.find(il);
    return found == routers.end() ? nullptr : &found->second;
}

ggml_tensor * llama_moe_state::build_logits(const llm_graph_context & graph, const llm_moe_block & block, ggml_tensor * logits) const {
    const auto * router = block.router && !block.probs ? router_of(block.il) : nullptr;
    if (!router) {
        return logits;
    }
    ggml_tensor * own = ggml_mul_mat(graph.ctx0, router->rows, block.input);
    memcpy(own->op_params, logits->op_params, sizeof(own->op_params)); // its precision
    graph.cb(own, "ffn_moe_logits", block.il);
    return own;
}

ggml_tensor * llama_moe_state::build_scaled(const llm_graph_context & graph, ggml_tensor * weights, ggml_tensor * ids, int il) const {
    const auto * router = router_of(il);
    if (!router || !router->scales) {
        return weights;
    }
    ggml_tensor * chosen = ggml_cont(graph.ctx0, ids);
    ggml_tensor * scales = ggml_get_rows(graph.ctx0, router->scales, ggml_reshape_1d(graph.ctx0, chosen, ggml_nelements(chosen)));
    return ggml_mul(graph.ctx0, weights, ggml_reshape_3d(graph.ctx0, scales, 1, ids->ne[0], ids->ne[1]));
}

void llama_moe_set_fit(llama_context * ctx, llama_moe_fit_mode mode, int32_t n_candidates) {
    auto & moe = llm_moe_state_of(ctx);
    moe.fit_mode     = mode;
    moe.n_candidates = n_candidates;
    moe.gates.clear();
    ctx->hooks_changed();
}

static const ggml_tensor * router_tensor(const llama_model & model, int il) {
    const bool has_block = il >= 0 && il < (int) model.layers.size();
    const ggml_tensor * t = has_block ? model.layers[il].ffn_gate_inp : nullptr;
    if (!t) {
        throw std::runtime_error(of_block(il) + "there is no router");
    }
    return t;
}

std::vector<float> llama_moe_values(const ggml_tensor * t) {
    std::vector<float>   values(ggml_nelements(t));
    std::vector<uint8_t> bytes(ggml_nbytes(t));
    ggml_backend_tensor_get(t, bytes.data(), 0, bytes.size());
    if (t->type == GGML_TYPE_F32) {
        memcpy(values.data(), bytes.data(), bytes.size());
    } else {
        ggml_get_type_traits(t->type)->to_float(bytes.data(), values.data(), values.size());
    }
    return values;
}

std::vector<float> llama_moe_router_rows(const llama_model * model, int32_t il) {
    return llama_moe_values(router_tensor(*model, il));
}

void llama_moe_set_router(llama_context * ctx, int32_t il, const std::vector<float> & rows, const std::vector<float> & scales) {
    auto & moe = llm_moe_state_of(ctx);
    const ggml_tensor * own = router_tensor(ctx->get_model(), il);
    const int64_t n_embd   = own->ne[0];
    const int64_t n_expert = own->ne[1];
    if ((int64_t) rows.size() != n_embd*n_expert || (!scales.empty() && (int64_t) scales.size() != n_expert)) {
        throw std::runtime_error(of_block(il) + "a router of another shape");
    }
    if (moe.routers.count(il) == 0) {
        llm_moe_router router;
        router.ctx.reset(ggml_init({ 4*ggml_tensor_overhead(), nullptr, true }));
        router.rows = ggml_new_tensor_2d(router.ctx.get(), GGML_TYPE_F32, n_embd, n_expert);
        ggml_format_name(router.rows, "moe_router.%d", il);
        if (!scales.empty()) {
            router.scales = ggml_new_tensor_2d(router.ctx.get(), GGML_TYPE_F32, 1, n_expert);
            ggml_format_name(router.scales, "moe_scales.%d", il);
        }
        ggml_backend_buffer_type_t buft = ggml_backend_buffer_get_type(own->buffer);
        router.buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(router.ctx.get(), ggml_backend_buft_is_host(buft) ? ggml_backend_cpu_buffer_type() : buft));
        if (!router.buffer) {
            throw std::runtime_error("not enough memory for the routers");
        }
        ggml_backend_buffer_set_usage(router.buffer.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        moe.routers[il] = std::move(router);
        ctx->hooks_changed();
    }
    auto & router = moe.routers.at(il);
    if (scales.empty() != !router.scales) {
        throw std::runtime_error(of_block(il) + "a router with scales in the place of one without, or the other way round");
    }
    ggml_backend_tensor_set(router.rows, rows.data(), 0, ggml_nbytes(router.rows));
    if (router.scales) {
        ggml_backend_tensor_set(router.scales, scales.data(), 0, ggml_nbytes(router.scales));
    }
}

void llama_moe_clear_routers(llama_context * ctx) {
    auto & moe = llm_moe_state_of(ctx);
    if (!moe.routers.empty()) {
        ctx->synchronize();
        moe.routers.clear();
        ctx->hooks_changed();
    }
}

bool llama_moe_refresh_router(llama_context * ctx, ggml_tensor * node) {
    bool reads = false;
    for (const auto & entry : llm_moe_state_of(ctx).routers) {
        for (const ggml_tensor * own : { entry.second.rows, entry.second.scales }) {
            // a copy on another device is called "DEVICE#NAME#0"
            ggml_tensor * read = own && node->src[0] && strstr(node->src[0]->name, own->name) ? node->src[0] : nullptr;
            const size_t end = read ? strstr(read->name, own->name) - read->name + strlen(own->name) : 0;
            if (!read || (read->name[end] != '\0' && read->name[end] != '#')) {
                continue;
            }
            reads = true;
            if (read != own) {
                const auto values = llama_moe_values(own);
                ggml_backend_tensor_set(read, values.data(), 0, ggml_nbytes(read));
            }
        }
    }
    return reads;
}

const llama_moe_gate & llama_moe_gate_of(const llama_context * ctx, int32_t il) {
    const auto & gates = llm_moe_state_of(ctx).gates;
    const auto found = gates.find(il);
    if (found == gates.end()) {
        throw std::runtime_error(of_block(il) + "no MoE block was built");
    }
    return found->second;
}
