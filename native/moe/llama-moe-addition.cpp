#include "llama-moe-addition.h"

#include "ggml-impl.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

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

// The steps from the routed output to `cur`, in order. Empty if cur is not computed from it.
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

// The residual stream within a sum that may hold other terms; nullptr if it is not part of it.
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

// The step `cur`, repeated with a part of its operand. nullptr: this is not possible.
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

// The addition in one node of a graph with one residual stream.
llm_moe_addition addition_in(ggml_context * ctx, ggml_tensor * cur, ggml_tensor * routed, const tensor_set & before) {
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

// A tensor on the way from the routed output to the streams.
struct stream_part {
    ggml_tensor * routed;           // the part that comes from the routed output
    ggml_tensor * rest   = nullptr; // the part that comes from the streams; nullptr: nothing yet
    bool          is_one = false;   // of one stream: earlier additions are the block's own
};

// The addition in the nodes from `first` on, of a graph with several streams.
llm_moe_addition streams_in(ggml_context * ctx, const ggml_cgraph * gf, int first, ggml_tensor * routed, int64_t n_streams) {
    std::unordered_map<const ggml_tensor *, stream_part> parts = { { routed, { routed } } };
    const auto part_of = [&](const ggml_tensor * t) {
        const auto found = parts.find(t);
        return found == parts.end() ? nullptr : &found->second;
    };
    for (int i = first; i < gf->n_nodes; ++i) {
        ggml_tensor * node = gf->nodes[i];
        const stream_part * a = part_of(node->src[0]);
        const stream_part * b = part_of(node->src[1]);
        if (!a && !b) {
            continue;
        }
        stream_part out = a ? *a : *b;
        switch (node->op) {
            case GGML_OP_DSV4_HC_POST: {
                ggml_tensor * post  = node->src[2]; // F32 [n_streams, n_tokens]
                ggml_tensor * rows  = ggml_reshape_3d(ctx, out.routed, out.routed->ne[0], 1, out.routed->ne[1]);
                ggml_tensor * alike = ggml_repeat_4d(ctx, rows, rows->ne[0], n_streams, rows->ne[2], 1);
                return {
                    ggml_dsv4_hc_post(ctx, ggml_scale(ctx, node->src[0], 0.0f), node->src[1], post, node->src[3]),
                    ggml_mul(ctx, alike, ggml_reshape_3d(ctx, post, 1, n_streams, post->ne[1])),
                    node,
                };
            }
            case GGML_OP_MUL:
                out.routed = ggml_mul(ctx, out.routed, node->src[a ? 1 : 0]);
                out.is_one = true;
                break;
            case GGML_OP_ADD: {
                ggml_tensor * other = node->src[a ? 1 : 0];
                if (out.is_one && out.rest) {
                    out.rest = ggml_add(ctx, out.rest, other);
                } else if (out.is_one) { // a stream, or a view of one
                    out.rest = ggml_is_contiguous(other) ? other : ggml_cont(ctx, other);
                }
                break;
            }
            case GGML_OP_RESHAPE:
                out.routed = ggml_reshape_4d(ctx, out.routed, node->ne[0], node->ne[1], node->ne[2], node->ne[3]);
                out.rest   = out.rest ? ggml_reshape_4d(ctx, out.rest, node->ne[0], node->ne[1], node->ne[2], node->ne[3]) : nullptr;
                break;
            case GGML_OP_CONCAT:
                if (!a || !b || !a->rest || !b->rest) {
                    continue;
                }
                out = { ggml_concat(ctx, a->routed, b->routed, 1), ggml_concat(ctx, a->rest, b->rest, 1), true };
                if (node->ne[1] == n_streams) {
                    return { out.rest, out.routed, node };
                }
                break;
            case GGML_OP_CPY:
            case GGML_OP_CONT:
                break;
            default:
                continue;
        }
        parts[node] = out;
    }
    return {};
}

} // namespace

llm_moe_addition llm_moe_find_addition(ggml_context * ctx, const ggml_cgraph * gf, ggml_tensor * routed,
        const tensor_set & before, int64_t n_streams, int & at) {
    const int first = at;
    for (at = first; at < gf->n_nodes; ++at) {
        if (gf->nodes[at]->op == GGML_OP_ADD) {
            const llm_moe_addition found = addition_in(ctx, gf->nodes[at], routed, before);
            if (found.sum == gf->nodes[at]) {
                return found;
            }
        }
    }
    const llm_moe_addition found = n_streams > 1 ? streams_in(ctx, gf, first, routed, n_streams) : llm_moe_addition {};
    at = (int) (std::find(gf->nodes + first, gf->nodes + gf->n_nodes, found.sum) - gf->nodes);
    return found;
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
