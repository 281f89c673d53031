#include "llama-moe-state.h"

#include "llama-arch.h"
#include "llama-batch.h"
#include "llama-context.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

// 1 - cos(x, x + r) from a = |x|^2, b = x.r, c = |r|^2, without the cancellation of a float subtraction from 1:
// with P = a (a + 2b + c):  1 - cos = (P - (a + b)^2) / (sqrt(P) (sqrt(P) + a + b)),  P - (a + b)^2 = ac - b^2
static double one_minus_cos(double a, double b, double c) {
    const double p = a*(a + 2*b + c);
    if (!(p > 0)) {
        return 0.0; // a zero vector turns nothing
    }
    const double s     = std::sqrt(p);
    const double denom = s*(s + a + b);
    if (!(denom > 0)) {
        return 2.0; // opposite vectors
    }
    return std::max((a*c - b*b)/denom, 0.0);
}

bool llama_moe_state::report(ggml_backend_sched_t sched, const std::vector<llm_moe_tap> & taps, const llama_ubatch & ubatch) {
    const size_t n_tokens = ubatch.n_tokens;

    struct layer_data {
        std::vector<int32_t> ids;
        std::vector<float>   weights;
        std::vector<float>   norms;
        std::vector<float>   x_sqr, x_dot_r, r_sqr;
    };
    std::vector<layer_data> data(taps.size());

    const auto read = [&](ggml_tensor * t, auto & out) {
        const size_t n_before = out.size();
        out.resize(n_before + ggml_nelements(t));
        ggml_backend_t backend = ggml_backend_sched_get_tensor_backend(sched, t);
        ggml_backend_tensor_get_async(backend, t, out.data() + n_before, 0, ggml_nbytes(t));
        tapped_bytes += ggml_nbytes(t);
    };

    for (size_t i = 0; i < taps.size(); ++i) {
        auto & d = data[i];
        const size_t n_routed = n_tokens*taps[i].slices.front().ids->ne[0];
        d.ids    .reserve(n_routed); // the devices write into it while later slices are appended
        d.weights.reserve(n_routed);
        d.norms  .reserve(n_routed);
        for (const auto & slice : taps[i].slices) {
            read(slice.ids,       d.ids);
            read(slice.weights,   d.weights);
            read(slice.norms_sqr, d.norms);
        }
        if (!taps[i].x_sqr) {
            throw std::runtime_error("block " + std::to_string(taps[i].il) + ": where its experts' output is added to the residual stream was not found");
        }
        read(taps[i].x_sqr,   d.x_sqr);
        read(taps[i].x_dot_r, d.x_dot_r);
        read(taps[i].r_sqr,   d.r_sqr);
    }
    ggml_backend_sched_synchronize(sched);

    std::vector<llama_seq_id> seq_id(n_tokens);
    for (size_t t = 0; t < n_tokens; ++t) {
        seq_id[t] = ubatch.seq_id[t][0];
    }

    std::vector<double> contribution(n_tokens);
    for (size_t i = 0; i < taps.size(); ++i) {
        auto & d = data[i];
        for (float & norm : d.norms) {
            norm = std::sqrt(norm);
        }
        for (size_t t = 0; t < n_tokens; ++t) {
            contribution[t] = one_minus_cos(d.x_sqr[t], d.x_dot_r[t], d.r_sqr[t]);
        }

        llama_moe_routing routing = {
            /*.il            =*/ taps[i].il,
            /*.n_tokens      =*/ (int32_t) n_tokens,
            /*.n_expert_used =*/ (int32_t) taps[i].slices.front().ids->ne[0],
            /*.seq_id        =*/ seq_id.data(),
            /*.pos           =*/ ubatch.pos,
            /*.ids           =*/ d.ids.data(),
            /*.weights       =*/ d.weights.data(),
            /*.norms         =*/ d.norms.data(),
            /*.contribution  =*/ contribution.data(),
        };
        if (!callback(&routing, user_data)) {
            return false;
        }
    }
    return true;
}

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
