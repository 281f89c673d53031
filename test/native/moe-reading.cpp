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
// models without shared experts may rename the sum, and prediction blocks do
static const std::vector<std::string> SUM_NODES = { "ffn_moe_out", "mtp_ffn_moe_out", "ffn_out" };

moe_reader::moe_reader(const std::string & arch, bool prediction) : arch(arch), nodes(block_nodes::of_arch(arch, prediction)) {}

std::unordered_set<std::string> moe_reader::node_names() const {
    std::unordered_set<std::string> names = { ROUTING_NODE, nodes.after };
    for (const auto * group : { &GATE_NODES, &EXPERT_NODES, &SUM_NODES }) {
        names.insert(group->begin(), group->end());
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
    return result;
}

void moe_reader::leave_out(node_capture & capture, int32_t il, part left_out) const {
    const std::unordered_set<std::string> none;
    const std::unordered_set<std::string> sums(SUM_NODES.begin(), SUM_NODES.end());
    capture.silence(il, left_out == BESIDE || left_out == BOTH ? nodes.beside : none,
                    left_out == ROUTED || left_out == BOTH ? sums : none);
}

std::vector<double> moe_reader::after(const node_capture & capture, int32_t il) const {
    const captured_node & node = require(capture, { nodes.after }, il);
    return { node.values.begin(), node.values.end() };
}

std::vector<double> moe_reader::turns(const std::map<part, std::vector<double>> & streams, int32_t n_tokens) const {
    const std::vector<double> & full   = streams.at(NOTHING);
    const std::vector<double> & beside = streams.at(ROUTED);
    const std::vector<double> & routed = streams.at(BESIDE);
    const std::vector<double> & x      = streams.at(BOTH);
    const size_t n_values = full.size()/n_tokens;
    if (n_values*n_tokens != full.size() || x.size() != full.size()) {
        throw std::runtime_error("the node after the block holds other rows than the ubatch's tokens");
    }

    std::vector<double> result(n_tokens);
    for (int32_t t = 0; t < n_tokens; ++t) {
        const size_t first = t*n_values;
        std::vector<double> r(n_values);

        // What is normed alone grows where others join it: a norm of a sum is the sum of its parts' norms, each with a factor
        // that is unknown here. Those that come closest to it are taken.
        double rr = 0.0, rb = 0.0, bb = 0.0, rs = 0.0, bs = 0.0;
        for (size_t i = 0; i < n_values; ++i) {
            const double b   = beside[first + i] - x[first + i];
            const double sum = full[first + i] - x[first + i];
            r[i] = routed[first + i] - x[first + i];
            rr += r[i]*r[i]; rb += r[i]*b; bb += b*b; rs += r[i]*sum; bs += b*sum;
        }
        const double factor = !nodes.normed_together ? 1.0 : bb > 0.0 ? (rs*bb - bs*rb)/(rr*bb - rb*rb) : rs/rr;
        for (double & value : r) {
            value *= factor;
        }
        result[t] = turn(x.data() + first, r.data(), n_values);
    }
    return result;
}
