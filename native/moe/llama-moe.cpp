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

void llama_moe_set_mask(llama_context * ctx, int32_t il, const uint8_t * keep) {
    auto & moe = llm_moe_state_of(ctx);
    const auto & hparams = moe.model->hparams;
    const size_t n_expert   = hparams.n_expert;
    const bool   was_masked = moe.is_masked();
    if (keep) {
        moe.mask.resize(hparams.n_layer_all*n_expert, 0.0f);
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

bool llama_moe_knows_arch(const char * name) {
    return llm_arch_from_string(name) != LLM_ARCH_UNKNOWN;
}

uint64_t llama_moe_tapped_bytes(const llama_context * ctx) {
    return llm_moe_state_of(ctx).tapped_bytes;
}
