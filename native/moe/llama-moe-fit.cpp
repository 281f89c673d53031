#include "llama-moe-fit.h"
#include "llama-moe-state.h"

#include "llama-context.h"
#include "llama-cparams.h"
#include "llama-graph.h"
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

bool llm_graph_context::moe_defers() const {
    const auto now = res->moe_deferred.now;
    const bool is_within = now == llm_moe_deferred::CANDIDATES || now == llm_moe_deferred::WHOLE;
    return cparams.moe && cparams.moe->fit_mode != LLAMA_MOE_FIT_OFF && !cparams.warmup && !is_within;
}

ggml_tensor * llm_graph_context::build_moe_deferred(ggml_tensor * cur, const llama_moe_gate & gate, bool is_known, const moe_block & block, int il) const {
    auto & d = res->moe_deferred;
    if (d.now == llm_moe_deferred::WAITING) {
        throw std::runtime_error(of_block(d.il) + "where its experts' output is added to the residual stream was not found");
    }
    if (!is_known) {
        throw std::runtime_error(of_block(il) + "its router is no part of its experts' block");
    }
    d.now         = llm_moe_deferred::WAITING;
    d.il          = il;
    d.input       = cur;
    d.block       = block;
    d.placeholder = ggml_scale(ctx0, cur, 0.0f);
    llm_moe_add_ancestors(cur, res->moe_before);

    cparams.moe->gates[il] = gate;
    return d.placeholder;
}

void llm_graph_context::build_moe_fit(ggml_tensor * cur) const {
    auto & d = res->moe_deferred;
    if (d.now != llm_moe_deferred::WAITING) {
        return;
    }
    const llm_moe_addition found = llm_moe_find_addition(ctx0, cur, d.placeholder, res->moe_before);
    if (!found.routed) {
        return;
    }
    auto & gate = cparams.moe->gates.at(d.il);
    gate.factor = 1.0f;
    if (found.routed != d.placeholder) {
        if (found.routed->op != GGML_OP_SCALE || found.routed->src[0] != d.placeholder) {
            throw std::runtime_error(of_block(d.il) + "its experts' output is projected or normalised before it is added");
        }
        memcpy(&gate.factor, found.routed->op_params, sizeof(float));
    }
    ggml_tensor * sum = found.sum;
    if (sum->ne[0] != d.input->ne[0] || sum->ne[1] != d.input->ne[1] || ggml_nelements(sum) != sum->ne[0]*sum->ne[1] || !ggml_is_contiguous(sum)) {
        throw std::runtime_error(of_block(d.il) + "there are several residual streams");
    }
    ggml_build_forward_expand(gf, sum);
    if (cparams.moe->fit_mode == LLAMA_MOE_FIT_PRODUCTS) {
        d.now = llm_moe_deferred::CANDIDATES;
        d.input = build_moe_products(sum);
    }

    d.now = llm_moe_deferred::WHOLE;
    ggml_tensor * routed = d.block(d.input, gate.n_used);
    if (gate.factor != 1.0f) {
        routed = ggml_scale(ctx0, routed, gate.factor);
    }
    ggml_tensor * stream = ggml_add_inplace(ctx0, sum, routed);
    name(stream, "stream", d.il);
    // memory goes when the last child of a tensor is computed
    ggml_build_forward_expand(gf, zero_after(ctx0, stream));

    ggml_tensor * teacher = d.teacher;
    d = {};
    d.teacher = teacher;
}

ggml_tensor * llm_graph_context::build_moe_products(ggml_tensor * sum) const {
    auto & d = res->moe_deferred;
    const int64_t n_embd   = sum->ne[0];
    const int64_t n_tokens = sum->ne[1];
    if (!d.teacher) {
        d.teacher = ggml_new_tensor_2d(ctx0, GGML_TYPE_F32, n_embd, n_tokens);
        ggml_set_input(d.teacher);
        ggml_set_output(d.teacher); // it is set anew for each block: nothing else may take its place
        ggml_set_name(d.teacher, "moe_teacher");
    }
    ggml_tensor * target = ggml_sub(ctx0, d.teacher, sum);
    name(target, "target", d.il);
    ggml_build_forward_expand(gf, target);

    ggml_tensor * square = llm_moe_row_dots(ctx0, target, target);
    name(square, "square", d.il);
    ggml_tensor * zero = zero_after(ctx0, square);
    name(d.input, "input", d.il);

    const int64_t n_slice = cparams.n_moe_slice > 0 ? cparams.n_moe_slice : n_tokens;
    for (int64_t first = 0; first < n_tokens; first += n_slice) {
        const int64_t n = std::min(n_slice, n_tokens - first);
        d.block(ggml_view_2d(ctx0, d.input, d.input->ne[0], n, d.input->nb[1], first*d.input->nb[1]), cparams.moe->n_candidates);
        ggml_tensor * wanted = ggml_view_3d(ctx0, target, n_embd, 1, n, target->nb[1], target->nb[1], first*target->nb[1]);

        ggml_tensor * gram = ggml_mul_mat(ctx0, d.experts, d.experts);
        ggml_tensor * dots = ggml_mul_mat(ctx0, d.experts, wanted);
        for (ggml_tensor * products : { gram, dots }) {
            ggml_mul_mat_set_prec(products, GGML_PREC_F32);
        }
        name(gram, "gram", d.il);
        name(dots, "dots", d.il);
        for (ggml_tensor * t : { gram, dots }) {
            ggml_build_forward_expand(gf, t);
            zero = ggml_add(ctx0, zero, zero_after(ctx0, t));
        }
    }
    return ggml_add(ctx0, d.input, zero);
}

void llm_graph_context::build_moe_fit_taps(ggml_tensor * ids, ggml_tensor * weights, ggml_tensor * experts) const {
    auto & d = res->moe_deferred;
    if (d.now == llm_moe_deferred::CANDIDATES) {
        d.experts = experts;
        name(all_of(ids), "experts", d.il);
    } else if (d.now == llm_moe_deferred::WHOLE && cparams.moe->fit_mode == LLAMA_MOE_FIT_PRODUCTS) {
        name(all_of(ids), "ids",     d.il);
        name(weights,       "weights", d.il);
    }
}

static const llm_moe_router * router_of(const llama_cparams & cparams, int il) {
    if (!cparams.moe) {
        return nullptr;
    }
    const auto found = cparams.moe->routers.find(il);
    return found == cparams.moe->routers.end() ? nullptr : &found->second;
}

ggml_tensor * llm_graph_context::build_moe_router(ggml_tensor * gate_inp, int il) const {
    const auto * router = router_of(cparams, il);
    return router && gate_inp ? router->rows : gate_inp;
}

ggml_tensor * llm_graph_context::build_moe_scaled(ggml_tensor * weights, ggml_tensor * ids, int il) const {
    const auto * router = router_of(cparams, il);
    if (!router || !router->scales) {
        return weights;
    }
    ggml_tensor * chosen = ggml_cont(ctx0, ids);
    ggml_tensor * scales = ggml_get_rows(ctx0, router->scales, ggml_reshape_1d(ctx0, chosen, ggml_nelements(chosen)));
    return ggml_mul(ctx0, weights, ggml_reshape_3d(ctx0, scales, 1, ids->ne[0], ids->ne[1]));
}

void llama_moe_set_fit(llama_context * ctx, llama_moe_fit_mode mode, int32_t n_candidates) {
    auto & moe = ctx->moe_state();
    moe.fit_mode     = mode;
    moe.n_candidates = n_candidates;
    moe.gates.clear();
    moe.version++;
    ctx->moe_changed();
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
    auto & moe = ctx->moe_state();
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
        moe.version++;
        ctx->moe_changed();
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
    auto & moe = ctx->moe_state();
    if (!moe.routers.empty()) {
        ctx->synchronize();
        moe.routers.clear();
        moe.version++;
        ctx->moe_changed();
    }
}

bool llama_moe_refresh_router(llama_context * ctx, ggml_tensor * node) {
    bool reads = false;
    for (const auto & entry : ctx->moe_state().routers) {
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
    const auto & gates = ctx->moe_state().gates;
    const auto found = gates.find(il);
    if (found == gates.end()) {
        throw std::runtime_error(of_block(il) + "no MoE block was built");
    }
    return found->second;
}
