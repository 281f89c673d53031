#include "llama-moe-state.h"

#include "llama-arch.h"
#include "llama-batch.h"
#include "llama-context.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

void llm_moe_add_ancestors(ggml_tensor * cur, std::unordered_set<ggml_tensor *> & known) {
    std::vector<ggml_tensor *> open = { cur };
    while (!open.empty()) {
        ggml_tensor * t = open.back();
        open.pop_back();
        if (!t || !known.insert(t).second) {
            continue;
        }
        open.push_back(t->view_src);
        open.insert(open.end(), t->src, t->src + GGML_MAX_SRC);
    }
}

namespace {

using tensor_set = std::unordered_set<ggml_tensor *>;

// The steps from the routed output to `cur`, the first one first. Empty if cur is not computed from it.
std::vector<ggml_tensor *> steps_to(ggml_tensor * cur, ggml_tensor * routed, const tensor_set & before) {
    if (!cur || cur == routed || before.count(cur) > 0) {
        return {};
    }
    const auto over = [&](ggml_tensor * src) {
        auto steps = steps_to(src, routed, before);
        if (src == routed || !steps.empty()) {
            steps.push_back(cur);
        }
        return steps;
    };
    switch (cur->op) {
        case GGML_OP_ADD: {
            auto steps = over(cur->src[0]);
            return steps.empty() ? over(cur->src[1]) : steps;
        }
        case GGML_OP_MUL_MAT:
            return over(cur->src[1]);
        case GGML_OP_MUL:
        case GGML_OP_SCALE:
        case GGML_OP_RMS_NORM:
        case GGML_OP_NORM:
        case GGML_OP_REPEAT:
        case GGML_OP_RESHAPE:
        case GGML_OP_CONT:
            return over(cur->src[0]);
        default:
            return {};
    }
}

// The residual stream within a sum that may hold more than it; nullptr if it is not in there.
ggml_tensor * stream_in(ggml_context * ctx, ggml_tensor * cur, const tensor_set & before) {
    if (!cur || before.count(cur) > 0) {
        return cur;
    }
    switch (cur->op) {
        case GGML_OP_ADD: {
            ggml_tensor * stream = stream_in(ctx, cur->src[0], before);
            return stream ? stream : stream_in(ctx, cur->src[1], before);
        }
        case GGML_OP_SCALE: {
            ggml_tensor * stream = stream_in(ctx, cur->src[0], before);
            if (!stream || stream == cur->src[0]) {
                return stream ? cur : nullptr;
            }
            float factor;
            memcpy(&factor, cur->op_params, sizeof(factor));
            return ggml_scale(ctx, stream, factor);
        }
        default:
            return nullptr;
    }
}

// The step `cur`, taken with a part of what it was taken with. nullptr: there is no such thing.
ggml_tensor * with_part(ggml_context * ctx, ggml_tensor * cur, ggml_tensor * whole, ggml_tensor * part) {
    if (cur->op == GGML_OP_ADD) {
        return part;
    }
    if (part == whole) {
        return cur;
    }
    switch (cur->op) {
        case GGML_OP_MUL:     return ggml_mul(ctx, part, cur->src[1]);
        case GGML_OP_MUL_MAT: return ggml_mul_mat(ctx, cur->src[0], part);
        case GGML_OP_REPEAT:  return ggml_repeat(ctx, part, cur);
        case GGML_OP_RESHAPE: return ggml_reshape_4d(ctx, part, cur->ne[0], cur->ne[1], cur->ne[2], cur->ne[3]);
        case GGML_OP_CONT:    return part;
        case GGML_OP_SCALE: {
            float factor;
            memcpy(&factor, cur->op_params, sizeof(factor));
            return ggml_scale(ctx, part, factor);
        }
        case GGML_OP_RMS_NORM: {
            float eps;
            memcpy(&eps, cur->op_params, sizeof(eps));
            ggml_tensor * mean_sqr = ggml_scale_bias(ctx, llm_moe_row_dots(ctx, whole, whole), 1.0f/whole->ne[0], eps);
            mean_sqr = ggml_reshape_4d(ctx, mean_sqr, 1, whole->ne[1], whole->ne[2], whole->ne[3]);
            return ggml_div(ctx, part, ggml_sqrt(ctx, mean_sqr));
        }
        default:
            return nullptr;
    }
}

} // namespace

llm_moe_addition llm_moe_find_addition(ggml_context * ctx, ggml_tensor * cur, ggml_tensor * routed, const tensor_set & before) {
    ggml_tensor * whole = routed;
    const auto steps = steps_to(cur, routed, before);
    for (size_t i = 0; i < steps.size(); ++i) {
        ggml_tensor * step = steps[i];
        if (step->op == GGML_OP_ADD) {
            ggml_tensor * stream = stream_in(ctx, step->src[step->src[0] == whole ? 1 : 0], before);
            if (stream) {
                ggml_tensor * part = routed;
                ggml_tensor * from = routed;
                for (size_t j = 0; part && j < i; ++j) {
                    part = with_part(ctx, steps[j], from, part);
                    from = steps[j];
                }
                return part ? llm_moe_addition { stream, part, step } : llm_moe_addition {};
            }
        }
        whole = step;
    }
    return {};
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
