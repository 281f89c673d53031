#include "llama-moe-state.h"

#include "llama-arch.h"
#include "llama-context.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

llama_moe_state & llm_moe_state_of(const llama_context * ctx) {
    return static_cast<llama_moe_state &>(*ctx->get_cparams().hooks);
}

llama_context * llama_moe_init_from_model(llama_model * model, llama_context_params params, llama_moe_params moe_params) {
    params.hooks = new llama_moe_state(model, moe_params);
    return llama_init_from_model(model, params);
}

void llama_moe_set_taps(llama_context * ctx, llama_moe_callback callback, void * user_data) {
    auto & moe = llm_moe_state_of(ctx);
    if (moe.has_taps() != (callback != nullptr)) {
        ctx->hooks_changed();
    }
    moe.callback     = callback;
    moe.user_data    = user_data;
    moe.tapped_bytes = 0;
}

void llama_moe_set_importance(llama_context * ctx, llama_moe_importance_callback callback, void * user_data) {
    auto & moe = llm_moe_state_of(ctx);
    if ((moe.importance_callback != nullptr) != (callback != nullptr)) {
        ctx->hooks_changed();
    }
    moe.importance_callback  = callback;
    moe.importance_user_data = user_data;
}

bool llama_moe_set_mask(llama_context * ctx, int32_t il, const uint8_t * keep) {
    const auto & hparams = ctx->get_model().hparams;

    const size_t n_expert = hparams.n_expert;
    const int32_t n_layer = hparams.n_layer_all;
    if (n_expert == 0 || il < 0 || il >= n_layer) {
        return false;
    }

    auto & moe = llm_moe_state_of(ctx);
    const bool was_masked = moe.is_masked();

    if (keep) {
        moe.mask.resize(n_layer*n_expert, 0.0f);
    }
    if (moe.is_masked()) {
        for (size_t e = 0; e < n_expert; ++e) {
            moe.mask[il*n_expert + e] = keep && !keep[e] ? -INFINITY : 0.0f;
        }
        if (std::all_of(moe.mask.begin(), moe.mask.end(), [](float m) { return m == 0.0f; })) {
            moe.mask.clear();
        }
    }

    if (moe.is_masked() != was_masked) {
        ctx->hooks_changed();
    }
    return true;
}

int32_t llama_moe_n_neurons(const llama_model * model, int32_t il) {
    const bool has_block = il >= 0 && il < (int32_t) model->layers.size();
    const ggml_tensor * down = has_block ? model->layers[il].ffn_down_exps : nullptr;
    return down ? (int32_t) down->ne[0] : 0;
}

void llama_moe_set_neurons(llama_context * ctx, int32_t il, const uint8_t * keep) {
    auto & moe = llm_moe_state_of(ctx);
    if (!keep) {
        if (moe.neurons.count(il) > 0) {
            ctx->synchronize();
            moe.neurons.erase(il);
            ctx->hooks_changed();
        }
        return;
    }
    if (llama_moe_n_neurons(moe.model, il) == 0) {
        throw std::runtime_error("block " + std::to_string(il) + ": there are no experts");
    }
    const ggml_tensor * down = moe.model->layers[il].ffn_down_exps;
    if (moe.neurons.count(il) == 0) {
        llm_moe_neurons neurons;
        neurons.ctx.reset(ggml_init({ ggml_tensor_overhead(), nullptr, true }));
        neurons.factors = ggml_new_tensor_2d(neurons.ctx.get(), GGML_TYPE_F32, down->ne[0], down->ne[2]);
        ggml_format_name(neurons.factors, "moe_neurons.%d", il);
        ggml_backend_buffer_type_t buft = ggml_backend_buffer_get_type(down->buffer);
        ggml_backend_dev_t device = ggml_backend_buft_get_device(buft);
        const bool on_host = !device || ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU;
        neurons.buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(neurons.ctx.get(), on_host ? ggml_backend_cpu_buffer_type() : buft));
        if (!neurons.buffer) {
            throw std::runtime_error("not enough memory for the mask of neurons");
        }
        ggml_backend_buffer_set_usage(neurons.buffer.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
        moe.neurons[il] = std::move(neurons);
        ctx->hooks_changed();
    }
    const std::vector<float> factors(keep, keep + ggml_nelements(moe.neurons.at(il).factors));
    ggml_backend_tensor_set(moe.neurons.at(il).factors, factors.data(), 0, factors.size()*sizeof(float));
}

void llama_moe_set_ungrouped(llama_context * ctx, bool ungrouped) {
    auto & moe = llm_moe_state_of(ctx);
    if (moe.ungrouped != ungrouped) {
        moe.ungrouped = ungrouped;
        ctx->hooks_changed();
    }
}

void llama_moe_set_all_rows(llama_context * ctx, bool all_rows) {
    auto & moe = llm_moe_state_of(ctx);
    if (moe.all_rows != all_rows) {
        moe.all_rows = all_rows;
        ctx->hooks_changed();
    }
}

void llama_moe_reserve(llama_context * ctx) {
    ctx->sched_reserve();
}

int32_t llama_moe_n_expert(const llama_model * model) {
    return model->hparams.n_expert;
}

int32_t llama_moe_n_expert_used(const llama_model * model, int32_t il) {
    return model->hparams.n_expert_used(il);
}

bool llama_moe_knows_arch(const char * name) {
    return llm_arch_from_string(name) != LLM_ARCH_UNKNOWN;
}

uint64_t llama_moe_tapped_bytes(const llama_context * ctx) {
    return llm_moe_state_of(ctx).tapped_bytes;
}
