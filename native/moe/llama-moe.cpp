#include "llama-moe-state.h"

#include "llama-arch.h"
#include "llama-batch.h"
#include "llama-context.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>

ggml_tensor * llm_moe_find_residual(ggml_tensor * ffn_input) {
    // a norm, its weight and bias, reshapes, and the projection of latent experts lie between the two
    constexpr int max_steps = 16;

    ggml_tensor * cur = ffn_input;
    for (int i = 0; i < max_steps && cur; ++i) {
        switch (cur->op) {
            case GGML_OP_RMS_NORM:
            case GGML_OP_NORM:
                return cur->src[0];
            case GGML_OP_MUL_MAT:
                cur = cur->src[1];
                break;
            case GGML_OP_MUL:
            case GGML_OP_ADD:
            case GGML_OP_SCALE:
            case GGML_OP_RESHAPE:
            case GGML_OP_VIEW:
            case GGML_OP_CONT:
            case GGML_OP_CPY:
                cur = cur->src[0];
                break;
            default:
                return nullptr;
        }
    }
    return nullptr;
}

ggml_tensor * llm_moe_row_dots(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) {
    const auto columns = [&](ggml_tensor * t) {
        ggml_tensor * cont = ggml_is_contiguous(t) ? t : ggml_cont(ctx, t);
        return ggml_reshape_4d(ctx, cont, t->ne[0], 1, t->ne[1], t->ne[2]);
    };
    ggml_tensor * dots = ggml_mul_mat(ctx, columns(a), columns(b)); // [1, 1, ne1, ne2]
    ggml_mul_mat_set_prec(dots, GGML_PREC_F32);
    return ggml_reshape_3d(ctx, dots, 1, a->ne[1], a->ne[2]);
}

ggml_tensor * llm_moe_mean_stream(ggml_context * ctx, ggml_tensor * residual, int64_t n_tokens) {
    const int64_t n_embd    = residual->ne[0];
    const int64_t n_streams = ggml_nelements(residual)/(n_embd*n_tokens);

    ggml_tensor * cont    = ggml_is_contiguous(residual) ? residual : ggml_cont(ctx, residual);
    ggml_tensor * streams = ggml_reshape_3d(ctx, cont, n_embd, n_streams, n_tokens);
    if (n_streams == 1) {
        return ggml_reshape_2d(ctx, streams, n_embd, n_tokens);
    }

    ggml_tensor * sum = nullptr;
    for (int64_t i = 0; i < n_streams; ++i) {
        ggml_tensor * stream = ggml_view_2d(ctx, streams, n_embd, n_tokens, streams->nb[2], i*streams->nb[1]);
        sum = sum ? ggml_add(ctx, sum, stream) : ggml_cont(ctx, stream);
    }
    return ggml_scale(ctx, sum, 1.0f/n_streams);
}

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

void llama_moe_set_taps(llama_context * ctx, llama_moe_callback callback, void * user_data) {
    auto & moe = ctx->moe_state();
    if (moe.taps() != (callback != nullptr)) {
        moe.version++;
        ctx->moe_changed();
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

    auto & moe = ctx->moe_state();
    const bool was_masked = moe.masked();

    if (keep) {
        moe.mask.resize(n_layer*n_expert, 0.0f);
    }
    if (moe.masked()) {
        for (size_t e = 0; e < n_expert; ++e) {
            moe.mask[il*n_expert + e] = keep && !keep[e] ? -INFINITY : 0.0f;
        }
        if (std::all_of(moe.mask.begin(), moe.mask.end(), [](float m) { return m == 0.0f; })) {
            moe.mask.clear();
        }
    }

    if (moe.masked() != was_masked) {
        moe.version++;
        ctx->moe_changed();
    }
    return true;
}

void llama_moe_set_ungrouped(llama_context * ctx, bool ungrouped) {
    auto & moe = ctx->moe_state();
    if (moe.ungrouped != ungrouped) {
        moe.ungrouped = ungrouped;
        moe.version++;
        ctx->moe_changed();
    }
}

void llama_moe_set_all_rows(llama_context * ctx, bool all_rows) {
    auto & moe = ctx->moe_state();
    if (moe.all_rows != all_rows) {
        moe.all_rows = all_rows;
        moe.version++;
        ctx->moe_changed();
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
    return ctx->moe_state().tapped_bytes;
}
