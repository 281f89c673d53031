#include "llama-moe-fit.h"
#include "llama-moe-addition.h"
#include "llama-moe-graph.h"

#include "llama-context.h"
#include "llama-hparams.h"
#include "llama-mmap.h"
#include "llama-model.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

namespace {

std::string of_block(int il) {
    return "block " + std::to_string(il) + ": ";
}

void name(ggml_tensor * t, const char * what, int il) {
    ggml_format_name(t, "moe_%s-%d", what, il);
}

// The tensor of all experts by rank, of which `best` is a view.
ggml_tensor * all_of(ggml_tensor * best) {
    return best->view_src ? best->view_src : best;
}

// Zero, available once t is computed: what it is added to is computed after t, in whatever order a device processes nodes.
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
    own.fit = llm_moe_graph::FIT_AHEAD;
    if (fit_mode == LLAMA_MOE_FIT_PRODUCTS) {
        input = build_products(graph, own, block, sum);
    } else if (fit_mode == LLAMA_MOE_FIT_DOWN) {
        input = build_rest(graph, own, block, sum);
    } else if (fit_mode == LLAMA_MOE_FIT_SAMPLE) {
        input = build_sample(graph, own, block);
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
    // memory is freed when the last child of a tensor is computed
    ggml_build_forward_expand(graph.gf, zero_after(graph.ctx0, stream));
}

// What the block should add.
ggml_tensor * llama_moe_state::build_target(const llm_graph_context & graph, llm_moe_graph & own, ggml_tensor * sum, int il) {
    ggml_context * ctx = graph.ctx0;
    if (!own.teacher) {
        own.teacher = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, sum->ne[0], sum->ne[1]);
        ggml_set_input(own.teacher);
        ggml_set_output(own.teacher); // it is set for each block: no other tensor may take its place
        ggml_set_name(own.teacher, "moe_teacher");
    }
    ggml_tensor * target = ggml_sub(ctx, own.teacher, sum);
    name(target, "target", il);
    ggml_build_forward_expand(graph.gf, target);
    return target;
}

// Processes slices of tokens one after the other. Returns zero, available once all of them are computed.
static ggml_tensor * for_slices(ggml_context * ctx, ggml_tensor * input, int64_t n_slice, ggml_tensor * zero, const std::function<ggml_tensor *(ggml_tensor * slice, int64_t first, int64_t n)> & last_of) {
    const int64_t n_tokens = input->ne[1];
    if (n_slice <= 0) {
        n_slice = n_tokens;
    }
    for (int64_t first = 0; first < n_tokens; first += n_slice) {
        const int64_t n = std::min(n_slice, n_tokens - first);
        ggml_tensor * slice = ggml_view_2d(ctx, input, input->ne[0], n, input->nb[1], first*input->nb[1]);
        zero = ggml_add(ctx, zero, last_of(slice, first, n));
    }
    return zero;
}

ggml_tensor * llama_moe_state::build_products(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum) {
    ggml_context * ctx    = graph.ctx0;
    ggml_tensor *  input  = block.input;
    ggml_tensor *  target = build_target(graph, own, sum, block.il);
    ggml_tensor * square = llm_moe_row_dots(ctx, target, target);
    name(square, "square", block.il);
    ggml_tensor * zero = zero_after(ctx, square);
    name(input, "input", block.il);

    zero = for_slices(ctx, input, params.n_slice, zero, [&](ggml_tensor * slice, int64_t first, int64_t n) {
        block.build(slice, nullptr, nullptr, n_candidates);
        ggml_tensor * wanted = ggml_view_3d(ctx, target, target->ne[0], 1, n, target->nb[1], target->nb[1], first*target->nb[1]);

        ggml_tensor * gram = ggml_mul_mat(ctx, own.experts, own.experts);
        ggml_tensor * dots = ggml_mul_mat(ctx, own.experts, wanted);
        name(gram, "gram", block.il);
        name(dots, "dots", block.il);
        for (ggml_tensor * t : { gram, dots }) {
            ggml_mul_mat_set_prec(t, GGML_PREC_F32);
            ggml_build_forward_expand(graph.gf, t);
        }
        return ggml_add(ctx, zero_after(ctx, gram), zero_after(ctx, dots));
    });
    return ggml_add(ctx, input, zero);
}

// Products of all experts' outputs, for some tokens.
ggml_tensor * llama_moe_state::build_sample(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block) {
    ggml_context * ctx = graph.ctx0;
    if (!own.sample) {
        own.sample = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, (int64_t) sample.size());
        ggml_set_input(own.sample);
        ggml_set_name(own.sample, "moe_sample");
    }
    ggml_tensor * input = ggml_get_rows(ctx, block.input, own.sample);
    name(input, "input", block.il);
    ggml_build_forward_expand(graph.gf, input);
    ggml_tensor * zero = for_slices(ctx, input, sample_slice(graph.hparams), zero_after(ctx, input), [&](ggml_tensor * slice, int64_t, int64_t) {
        block.build(slice, nullptr, nullptr, n_candidates);
        ggml_tensor * gram = ggml_mul_mat(ctx, own.experts, own.experts);
        ggml_mul_mat_set_prec(gram, GGML_PREC_F32);
        name(gram, "gram", block.il);
        ggml_build_forward_expand(graph.gf, gram);
        return zero_after(ctx, gram);
    });
    return ggml_add(ctx, block.input, zero);
}

// All experts of a token take as much memory as many tokens do, so a slice has fewer tokens.
int64_t llama_moe_state::sample_slice(const llama_hparams & hparams) const {
    return params.n_slice == 0 ? (int64_t) sample.size() : std::max<int64_t>(1, (int64_t) params.n_slice*hparams.n_expert_used_max()/hparams.n_expert);
}

ggml_tensor * llama_moe_state::build_rest(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum) {
    ggml_context * ctx    = graph.ctx0;
    ggml_tensor *  target = build_target(graph, own, sum, block.il);
    ggml_tensor * zero = for_slices(ctx, block.input, params.n_slice, zero_after(ctx, target), [&](ggml_tensor * slice, int64_t first, int64_t n) {
        ggml_tensor * routed = block.build(slice, nullptr, nullptr, block.n_expert_used);
        const float factor = gates.at(block.il).factor;
        if (factor != 1.0f) {
            routed = ggml_scale(ctx, routed, factor);
        }
        ggml_tensor * wanted = ggml_view_2d(ctx, target, target->ne[0], n, target->nb[1], first*target->nb[1]);
        ggml_tensor * rest   = ggml_sub(ctx, wanted, routed);
        name(rest, "rest", block.il);
        ggml_build_forward_expand(graph.gf, rest);
        return zero_after(ctx, rest);
    });
    return ggml_add(ctx, block.input, zero);
}

void llama_moe_state::name_fitted(llm_moe_graph & own, ggml_tensor * experts, int il) const {
    const bool is_ahead = own.fit == llm_moe_graph::FIT_AHEAD;
    if (is_ahead && fit_mode != LLAMA_MOE_FIT_DOWN) {
        own.experts = experts;
        name(all_of(own.ids), "experts", il);
    } else if (is_ahead == (fit_mode == LLAMA_MOE_FIT_DOWN)) {
        name(all_of(own.ids), "ids",     il);
        name(own.weights,     "weights", il);
    }
}

ggml_tensor * llm_moe_down_product(ggml_tensor * experts, int il) {
    ggml_tensor * t = experts;
    while (t && t->op != GGML_OP_MUL_MAT_ID) {
        t = t->op == GGML_OP_MUL || t->op == GGML_OP_ADD_ID ? t->src[0] : nullptr;
    }
    if (!t) {
        throw std::runtime_error(of_block(il) + "its experts' outputs are no product of their down matrices");
    }
    return t;
}

// A tensor of this shape that is set for each slice of each block: no other tensor may take its place.
static ggml_tensor * hidden_like(ggml_context * ctx, llm_moe_graph & own, const ggml_tensor * t) {
    if (!own.hidden || own.hidden->ne[0] != t->ne[0] || own.hidden->ne[1] != t->ne[1] || own.hidden->ne[2] < t->ne[2]) {
        own.hidden = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, t->ne[0], t->ne[1], t->ne[2]);
        ggml_set_input(own.hidden);
        ggml_set_output(own.hidden);
        ggml_set_name(own.hidden, "moe_going_on");
    }
    return ggml_view_3d(ctx, own.hidden, t->ne[0], t->ne[1], t->ne[2], own.hidden->nb[1], own.hidden->nb[2], 0);
}

void llama_moe_state::take_down(const llm_graph_context & graph, llm_moe_graph & own, ggml_tensor * experts, int il) const {
    if (fit_mode != LLAMA_MOE_FIT_DOWN) {
        return;
    }
    ggml_tensor * product = llm_moe_down_product(experts, il);
    if (own.fit == llm_moe_graph::FIT_AHEAD) {
        name(product->src[1], "hidden", il);
        return;
    }
    product->src[0] = downs.tensors.at(il);
    if (model->devices.empty()) { // devices, which also compute products of the host's weights, process gate and up before the values
        product->src[1] = hidden_like(graph.ctx0, own, product->src[1]);
        name(product, "again", il);
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

void llama_moe_set_sample(llama_context * ctx, std::vector<int32_t> rows) {
    llm_moe_state_of(ctx).sample = std::move(rows);
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

static bool lies_on_host(const ggml_tensor * t) {
    return ggml_backend_buft_is_host(ggml_backend_buffer_get_type(t->buffer));
}

const ggml_tensor * llama_moe_down_of(const llama_model * model, int32_t il, const ggml_tensor ** scales) {
    const bool has_block = il >= 0 && il < (int) model->layers.size();
    const ggml_tensor * t = has_block ? model->layers[il].ffn_down_exps : nullptr;
    if (!t) {
        throw std::runtime_error(of_block(il) + "there are no down matrices of experts");
    }
    ggml_backend_dev_t device = ggml_backend_buft_get_device(ggml_backend_buffer_get_type(t->buffer));
    if (!lies_on_host(t) && device && ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU) {
        throw std::runtime_error("the experts were loaded in an order that cannot be read");
    }
    *scales = model->layers[il].ffn_down_exps_s;
    return t;
}

void llama_moe_place_down(llama_context * ctx) {
    auto & downs = llm_moe_state_of(ctx).downs;
    const llama_model & model = ctx->get_model();
    const auto place_of = [](const ggml_tensor * own) {
        return lies_on_host(own) ? ggml_backend_cpu_buffer_type() : ggml_backend_buffer_get_type(own->buffer);
    };
    std::map<ggml_backend_buffer_type_t, size_t> sizes;
    downs = {};
    downs.ctx.reset(ggml_init({ (model.layers.size() + 1)*ggml_tensor_overhead(), nullptr, true }));
    for (size_t il = 0; il < model.layers.size(); ++il) {
        const ggml_tensor * own = model.layers[il].ffn_down_exps;
        if (own) {
            ggml_tensor * t = ggml_dup_tensor(downs.ctx.get(), own);
            ggml_format_name(t, "moe_down.%d", (int) il);
            downs.tensors[(int) il] = t;
            size_t & size = sizes[place_of(own)];
            size = std::max(size, ggml_backend_buft_get_alloc_size(place_of(own), t));
        }
    }
    for (const auto & [buft, size] : sizes) {
        ggml_backend_buffer_ptr buffer(ggml_backend_buft_alloc_buffer(buft, size));
        if (!buffer) {
            throw std::runtime_error("not enough memory for the experts' matrices");
        }
        ggml_backend_buffer_set_usage(buffer.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        downs.buffers[buft] = std::move(buffer);
    }
    for (const auto & [il, t] : downs.tensors) {
        ggml_backend_buffer_t buffer = downs.buffers.at(place_of(model.layers[il].ffn_down_exps)).get();
        ggml_backend_tensor_alloc(buffer, t, ggml_backend_buffer_get_base(buffer));
    }
    ctx->hooks_changed();
}

void llama_moe_set_down(llama_context * ctx, int32_t il, const void * data) {
    ggml_tensor * t = llm_moe_state_of(ctx).downs.tensors.at(il);
    ggml_backend_buffer_init_tensor(t->buffer, t); // sets the padding that a device needs behind it, where another block's matrices were
    ggml_backend_tensor_set(t, data, 0, ggml_nbytes(t));
}

namespace {

// A tensor over a file's bytes.
struct mapped_tensor {
    mapped_tensor(const ggml_tensor * like, const char * path)
        : file(path, "rb"), map(&file, 0, false), ctx(ggml_init({ 2*ggml_tensor_overhead(), nullptr, true })),
          buffer(ggml_backend_cpu_buffer_from_ptr(map.addr(), map.size())), tensor(ggml_dup_tensor(ctx.get(), like)) {
        ggml_set_name(tensor, like->name);
        ggml_backend_buffer_set_usage(buffer.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        ggml_backend_tensor_alloc(buffer.get(), tensor, map.addr());
    }

    llama_file              file;
    llama_mmap              map;
    ggml_context_ptr        ctx;
    ggml_backend_buffer_ptr buffer;
    ggml_tensor *           tensor;
};

} // namespace

std::shared_ptr<void> llama_moe_replace_down(llama_model * model, int32_t il, const char * path) {
    const ggml_tensor * scales = nullptr;
    llama_moe_down_of(model, il, &scales);
    ggml_tensor *& own = model->layers[il].ffn_down_exps;
    llama_file file(path, "rb");
    if (file.size() != ggml_nbytes(own)) {
        throw std::runtime_error(of_block(il) + "down matrices of another size");
    }
    if (lies_on_host(own)) {
        const auto mapped = std::make_shared<mapped_tensor>(own, path);
        own = mapped->tensor;
        return mapped;
    }
    std::vector<uint8_t> bytes(file.size());
    file.read_raw(bytes.data(), bytes.size());
    ggml_backend_tensor_set(own, bytes.data(), 0, bytes.size());
    return nullptr;
}

// The copy of a tensor on another device is called "DEVICE#NAME#0".
static bool is_copy(const ggml_tensor * read, const ggml_tensor * own) {
    const char * found = own && read && read != own ? strstr(read->name, own->name) : nullptr;
    const char   after = found ? found[strlen(own->name)] : ' ';
    return after == '\0' || after == '#';
}

static bool reads(const ggml_tensor * read, const ggml_tensor * own) {
    return own && (read == own || is_copy(read, own));
}

bool llama_moe_refresh_copy(llama_context * ctx, ggml_tensor * node) {
    ggml_tensor * read = node->src[0];
    const auto & moe = llm_moe_state_of(ctx);
    const auto refresh = [&](const ggml_tensor * own) {
        if (!reads(read, own)) {
            return false;
        }
        if (read != own) {
            std::vector<uint8_t> bytes(ggml_nbytes(own));
            ggml_backend_tensor_get(own, bytes.data(), 0, bytes.size());
            ggml_backend_tensor_set(read, bytes.data(), 0, bytes.size());
        }
        return true;
    };
    bool any = false;
    for (const auto & entry : moe.routers) {
        any = refresh(entry.second.rows) || refresh(entry.second.scales) || any;
    }
    for (const auto & entry : moe.downs.tensors) {
        any = refresh(entry.second) || any;
    }
    return any;
}

const llama_moe_gate & llama_moe_gate_of(const llama_context * ctx, int32_t il) {
    const auto & gates = llm_moe_state_of(ctx).gates;
    const auto found = gates.find(il);
    if (found == gates.end()) {
        throw std::runtime_error(of_block(il) + "no MoE block was built");
    }
    return found->second;
}
