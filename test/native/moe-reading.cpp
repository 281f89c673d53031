#include "moe-reading.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

// The last step that a model applies comes first. A step may have renamed the node of the one before.
static const std::vector<std::string> GATE_NODES = {
    "ffn_moe_weights_scaled", "ffn_moe_weights_norm", "ffn_moe_weights_softmax", "ffn_moe_weights",
};
static const std::vector<std::string> EXPERT_NODES = {
    "ffn_moe_down_biased", "ffn_moe_down_scaled", "ffn_moe_down",
};
// models without shared experts may rename the sum
static const std::vector<std::string> SUM_NODES = { "ffn_moe_out", "ffn_out" };

moe_reader::moe_reader(const std::string & arch) : arch(arch), nodes(block_nodes::of_arch(arch)) {}

std::unordered_set<std::string> moe_reader::node_names() const {
    std::unordered_set<std::string> names = { ROUTING_NODE };
    for (const auto * group : { &GATE_NODES, &EXPERT_NODES, &SUM_NODES }) {
        names.insert(group->begin(), group->end());
    }
    for (const auto * sum : { &nodes.residual, &nodes.routed }) {
        for (const node_term & term : *sum) {
            names.insert(term.names.begin(), term.names.end());
        }
    }
    return names;
}

static const captured_node * find_first(const node_capture & capture, const std::vector<std::string> & names,
                                        int32_t il) {
    for (const std::string & name : names) {
        if (const captured_node * node = capture.find(name, il)) {
            return node;
        }
    }
    return nullptr;
}

const captured_node & moe_reader::require(const node_capture & capture, const std::vector<std::string> & names,
                                          int32_t il) const {
    const captured_node * node = find_first(capture, names, il);
    if (!node) {
        throw std::runtime_error("architecture " + arch + " has no node " + names.back() + " in block " +
                                 std::to_string(il) + ": see block-nodes.cpp");
    }
    return *node;
}

// Adds sign times the node's vector to each token's; several parallel streams count with their mean.
static void add_rows(std::vector<double> & out, const captured_node & node, double sign, int32_t n_tokens) {
    const bool    streams   = node.ne[2] == n_tokens && node.ne[1]*node.ne[2] != n_tokens;
    const int64_t n_streams = streams ? node.ne[1] : 1;
    const int64_t n_embd    = node.ne[0];
    if ((int64_t) node.values.size() != n_embd*n_streams*n_tokens) {
        throw std::runtime_error("a node holds other rows than the ubatch's tokens");
    }
    out.resize(n_embd*n_tokens, 0.0);
    for (int64_t t = 0; t < n_tokens; ++t) {
        for (int64_t s = 0; s < n_streams; ++s) {
            const float * row = node.values.data() + (t*n_streams + s)*n_embd;
            for (int64_t i = 0; i < n_embd; ++i) {
                out[t*n_embd + i] += sign*row[i]/n_streams;
            }
        }
    }
}

std::vector<double> moe_reader::evaluate(const node_capture & capture, const node_sum & sum, int32_t il,
                                         int32_t n_tokens) const {
    std::vector<double> out;
    for (const node_term & term : sum) {
        if (term.from == node_term::BLOCK_INPUT) {
            add_rows(out, require(capture, { term.names[il == 0 ? 0 : 1] }, il - 1), term.sign, n_tokens);
        } else if (term.required) {
            add_rows(out, require(capture, term.names, il), term.sign, n_tokens);
        } else if (const captured_node * node = find_first(capture, term.names, il)) {
            add_rows(out, *node, term.sign, n_tokens);
        }
    }
    return out;
}

static double norm(const double * v, int64_t n) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        sum += v[i]*v[i];
    }
    return std::sqrt(sum);
}

// 1 - cos(x, x + r) as half the squared chord between the two directions: exact for small angles, never negative
static double turn(const double * x, const double * r, int64_t n) {
    std::vector<double> y(n);
    for (int64_t i = 0; i < n; ++i) {
        y[i] = x[i] + r[i];
    }
    const double norm_x = norm(x, n);
    const double norm_y = norm(y.data(), n);
    if (norm_x == 0.0 || norm_y == 0.0) {
        return 0.0;
    }
    double chord_sqr = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        const double d = x[i]/norm_x - y[i]/norm_y;
        chord_sqr += d*d;
    }
    return chord_sqr/2.0;
}

moe_reading moe_reader::read(const node_capture & capture, int32_t il, int32_t n_tokens) const {
    const captured_node & ids     = require(capture, { ROUTING_NODE }, il);
    const captured_node & gates   = require(capture, GATE_NODES, il);
    const captured_node & experts = require(capture, EXPERT_NODES, il);
    const captured_node & sums    = require(capture, SUM_NODES, il);

    const int64_t n_used = ids.ne[0];
    const int64_t n_out  = experts.ne[0];
    if ((int64_t) ids.indices.size()   != n_used*n_tokens || (int64_t) gates.values.size() != n_used*n_tokens ||
        (int64_t) experts.values.size() != n_out*n_used*n_tokens || (int64_t) sums.values.size() != n_out*n_tokens) {
        throw std::runtime_error("block " + std::to_string(il) + " did not route every token of the ubatch");
    }

    moe_reading result;
    result.n_tokens      = n_tokens;
    result.n_expert_used = (int32_t) n_used;
    result.ids           = ids.indices;
    result.gates.assign(gates.values.begin(), gates.values.end());
    result.norms.resize(n_used*n_tokens);
    result.contribution.resize(n_tokens);
    result.routed_error = 0.0;

    std::vector<double> routed(n_out*n_tokens, 0.0);
    for (int64_t t = 0; t < n_tokens; ++t) {
        double * row = routed.data() + t*n_out;
        for (int64_t k = 0; k < n_used; ++k) {
            const float * e = experts.values.data() + (t*n_used + k)*n_out;
            const std::vector<double> output(e, e + n_out);
            result.norms[t*n_used + k] = norm(output.data(), n_out);

            const double g = gate_in_input() ? 1.0 : result.gates[t*n_used + k];
            for (int64_t i = 0; i < n_out; ++i) {
                row[i] += g*output[i];
            }
        }
        std::vector<double> difference(n_out);
        std::vector<double> theirs(n_out);
        for (int64_t i = 0; i < n_out; ++i) {
            theirs[i]     = sums.values[t*n_out + i];
            difference[i] = row[i] - theirs[i];
        }
        const double distance = norm(difference.data(), n_out);
        if (distance > 0.0) {
            result.routed_error = std::max(result.routed_error, distance/norm(theirs.data(), n_out));
        }
    }
    if (!nodes.routed.empty()) {
        routed = evaluate(capture, nodes.routed, il, n_tokens);
    }

    const std::vector<double> residual = evaluate(capture, nodes.residual, il, n_tokens);
    if (residual.size() != routed.size()) {
        throw std::runtime_error("block " + std::to_string(il) +
                                 ": the residual stream and the routed output differ in width");
    }
    const int64_t n_embd = residual.size()/n_tokens;
    for (int64_t t = 0; t < n_tokens; ++t) {
        result.contribution[t] = turn(residual.data() + t*n_embd, routed.data() + t*n_embd, n_embd);
    }
    return result;
}
