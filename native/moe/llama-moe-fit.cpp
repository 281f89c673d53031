#include "llama-moe-fit.h"
#include "llama-moe-addition.h"
#include "llama-moe-graph.h"

#include "llama-context.h"
#include "llama-hparams.h"
#include "llama-mmap.h"
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
    outputs[block.il] = { 1.0f, (int32_t) block.n_expert_used };
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
        if (found.routed != deferred.placeholder) {
            if (found.routed->op != GGML_OP_SCALE || found.routed->src[0] != deferred.placeholder) {
                throw std::runtime_error(of_block(il) + "its experts' output is projected or normalised before it is added");
            }
            memcpy(&outputs.at(il).factor, found.routed->op_params, sizeof(float));
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
    if (fit_mode == LLAMA_MOE_FIT_DOWN) {
        own.fit = llm_moe_graph::FIT_AHEAD;
        input = build_rest(graph, own, block, sum);
    }
    own.fit = llm_moe_graph::FIT_WHOLE;
    ggml_tensor * routed = build_added(graph, block, input);
    own.fit = llm_moe_graph::FIT_NONE;

    ggml_tensor * stream = ggml_add_inplace(graph.ctx0, sum, routed);
    name(stream, "stream", block.il);
    // memory is freed when the last child of a tensor is computed
    ggml_build_forward_expand(graph.gf, zero_after(graph.ctx0, stream));
}

// The routed output as it is added to the stream.
ggml_tensor * llama_moe_state::build_added(const llm_graph_context & graph, const llm_moe_block & block, ggml_tensor * input) const {
    ggml_tensor * routed = block.build(input, nullptr, nullptr);
    const float factor = outputs.at(block.il).factor;
    return factor == 1.0f ? routed : ggml_scale(graph.ctx0, routed, factor);
}

// Computes what the block should add and does not. Returns its input, available once that is computed.
ggml_tensor * llama_moe_state::build_rest(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum) {
    ggml_context * ctx = graph.ctx0;
    if (!own.teacher) {
        own.teacher = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, sum->ne[0], sum->ne[1]);
        ggml_set_input(own.teacher);
        ggml_set_output(own.teacher); // it is set for each block: no other tensor may take its place
        ggml_set_name(own.teacher, "moe_teacher");
    }
    ggml_tensor * target = ggml_sub(ctx, own.teacher, sum);
    name(target, "target", block.il);
    ggml_build_forward_expand(graph.gf, target);

    ggml_tensor * zero = zero_after(ctx, target);
    const int64_t n_tokens = block.input->ne[1];
    const int64_t n_slice  = params.n_slice > 0 ? params.n_slice : n_tokens;
    for (int64_t first = 0; first < n_tokens; first += n_slice) {
        const auto slice = [&](ggml_tensor * t) {
            return ggml_view_2d(ctx, t, t->ne[0], std::min(n_slice, n_tokens - first), t->nb[1], first*t->nb[1]);
        };
        ggml_tensor * rest = ggml_sub(ctx, slice(target), build_added(graph, block, slice(block.input)));
        name(rest, "rest", block.il);
        ggml_build_forward_expand(graph.gf, rest);
        zero = ggml_add(ctx, zero, zero_after(ctx, rest));
    }
    return ggml_add(ctx, block.input, zero);
}

// The experts' outputs before factors and biases: the product of their down matrices.
static ggml_tensor * down_product(ggml_tensor * experts, int il) {
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
    if (fit_mode != LLAMA_MOE_FIT_DOWN || own.fit == llm_moe_graph::FIT_NONE) {
        return;
    }
    ggml_tensor * product = down_product(experts, il);
    if (own.fit == llm_moe_graph::FIT_AHEAD) {
        name(own.ids->view_src ? own.ids->view_src : own.ids, "ids", il); // all by rank, of which the best are a view
        name(own.weights, "weights", il);
        name(product->src[1], "hidden", il);
        return;
    }
    product->src[0] = downs.tensors.at(il);
    if (model->devices.empty()) { // devices, which also compute products of the host's weights, process gate and up before the values
        product->src[1] = hidden_like(graph.ctx0, own, product->src[1]);
        name(product, "again", il);
    }
}

void llama_moe_set_fit(llama_context * ctx, llama_moe_fit_mode mode) {
    auto & moe = llm_moe_state_of(ctx);
    moe.fit_mode = mode;
    moe.outputs.clear();
    ctx->hooks_changed();
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
    const char * found = read && read != own ? strstr(read->name, own->name) : nullptr;
    const char   after = found ? found[strlen(own->name)] : ' ';
    return after == '\0' || after == '#';
}

void llama_moe_refresh_copy(llama_context * ctx, ggml_tensor * node) {
    ggml_tensor * read = node->src[0];
    for (const auto & [il, own] : llm_moe_state_of(ctx).downs.tensors) {
        if (is_copy(read, own)) {
            std::vector<uint8_t> bytes(ggml_nbytes(own));
            ggml_backend_tensor_get(own, bytes.data(), 0, bytes.size());
            ggml_backend_tensor_set(read, bytes.data(), 0, bytes.size());
        }
    }
}

const llama_moe_output & llama_moe_output_of(const llama_context * ctx, int32_t il) {
    const auto & outputs = llm_moe_state_of(ctx).outputs;
    const auto found = outputs.find(il);
    if (found == outputs.end()) {
        throw std::runtime_error(of_block(il) + "no MoE block was built");
    }
    return found->second;
}
