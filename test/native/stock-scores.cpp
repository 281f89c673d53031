// The expert sums of electron/contract/criteria.ts, read from unpatched llama.cpp's graph: an account of them that
// shares no code with the patched library.
#include "moe-reading.h"
#include "node-capture.h"
#include "reference-run.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>

namespace {

constexpr double MAX_ROUTED_ERROR = 1e-4;

// one block's sums over the tokens, [n_expert] each
struct block_sums {
    explicit block_sums(size_t n_expert)
        : count(n_expert), gate(n_expert), norm(n_expert), gate_norm(n_expert), gate_turn(n_expert),
          gate_norm_turn(n_expert) {}

    std::vector<double> count;
    std::vector<double> gate;
    std::vector<double> norm;
    std::vector<double> gate_norm;
    std::vector<double> gate_turn;
    std::vector<double> gate_norm_turn;

    void add(const moe_reading & reading, const std::vector<double> & turns, bool gate_in_input) {
        const size_t n_used = reading.n_expert_used;
        for (size_t i = 0; i < reading.ids.size(); ++i) {
            const size_t e         = reading.ids[i];
            const double g         = reading.gates[i];
            const double norm_e    = reading.norms[i];
            const double weighted  = gate_in_input ? norm_e : g*norm_e;
            const double turn      = turns[i/n_used];

            count.at(e)       += 1.0;
            gate[e]           += g;
            norm[e]           += norm_e;
            gate_norm[e]      += weighted;
            gate_turn[e]      += g*turn;
            gate_norm_turn[e] += weighted*turn;
        }
    }
};

struct scores {
    int32_t n_expert;
    int32_t n_expert_used = 0;
    double  routed_error  = 0.0;

    std::map<int32_t, block_sums> blocks;
};

template <typename T>
void write_array(std::ostream & out, const std::vector<T> & values) {
    out << '[';
    for (size_t i = 0; i < values.size(); ++i) {
        out << (i ? "," : "") << values[i];
    }
    out << ']';
}

void write_json(std::ostream & out, const scores & result) {
    static const std::pair<const char *, std::vector<double> block_sums::*> sums[] = {
        { "count",        &block_sums::count          },
        { "gate",         &block_sums::gate           },
        { "norm",         &block_sums::norm           },
        { "gateNorm",     &block_sums::gate_norm      },
        { "gateTurn",     &block_sums::gate_turn      },
        { "gateNormTurn", &block_sums::gate_norm_turn },
    };

    std::vector<int32_t> layers;
    for (const auto & block : result.blocks) {
        layers.push_back(block.first);
    }

    out.precision(17);
    out << "{\"layers\":";
    write_array(out, layers);
    out << ",\"n_expert\":" << result.n_expert << ",\"n_expert_used\":" << result.n_expert_used
        << ",\"routed_error\":" << result.routed_error << ",\"sums\":{";
    const char * separator = "";
    for (const auto & sum : sums) {
        out << separator << '"' << sum.first << "\":[";
        const char * block_separator = "";
        for (const auto & block : result.blocks) {
            out << block_separator;
            write_array(out, block.second.*sum.second);
            block_separator = ",";
        }
        out << ']';
        separator = ",";
    }
    out << "}}\n";
}

using ubatch_streams = std::vector<std::map<moe_reader::part, std::vector<double>>>;

// A pass of the whole sequence for each part of the block that can be left out, with what lies after the block, ubatch by ubatch.
ubatch_streams streams_without_parts(reference_run & run, const moe_reader & reader, int32_t il, size_t n_ubatches) {
    ubatch_streams streams(n_ubatches);
    for (const auto part : { moe_reader::ROUTED, moe_reader::BESIDE, moe_reader::BOTH }) {
        node_capture capture(reader.node_names(), ROUTING_NODE);
        reader.leave_out(capture, il, part);
        size_t i = 0;
        run.decode(node_capture::callback, &capture, [&](int32_t, int32_t) {
            capture.check();
            streams.at(i++)[part] = reader.after(capture, il);
            capture.clear();
        });
    }
    return streams;
}

scores score(reference_run & run, bool prediction) {
    const moe_reader reader(run.arch(), prediction);
    node_capture capture(reader.node_names(), ROUTING_NODE);

    scores result;
    result.n_expert = run.arch_int("expert_count");

    struct block_pass {
        std::vector<moe_reading>         readings; // of each ubatch
        std::vector<std::vector<double>> after;
    };
    std::map<int32_t, block_pass> blocks;

    run.decode(node_capture::callback, &capture, [&](int32_t first, int32_t n_tokens) {
        capture.check();
        for (const int32_t il : capture.pivot_blocks()) {
            moe_reading reading = reader.read(capture, il, n_tokens);
            if (!(reading.routed_error <= MAX_ROUTED_ERROR)) {
                throw std::runtime_error("block " + std::to_string(il) + ", ubatch at token " + std::to_string(first) +
                                         ": the experts' weighted sum differs from llama.cpp's by " +
                                         std::to_string(reading.routed_error));
            }
            result.routed_error  = std::max(result.routed_error, reading.routed_error);
            result.n_expert_used = std::max(result.n_expert_used, reading.n_expert_used);
            blocks[il].readings.push_back(std::move(reading));
            blocks[il].after.push_back(reader.after(capture, il));
        }
        capture.clear();
    });
    if (blocks.empty()) {
        throw std::runtime_error("the model routes no token to experts");
    }
    for (const auto & [il, pass] : blocks) {
        ubatch_streams streams = streams_without_parts(run, reader, il, pass.readings.size());
        block_sums & sums = result.blocks.try_emplace(il, result.n_expert).first->second;
        for (size_t i = 0; i < pass.readings.size(); ++i) {
            streams[i][moe_reader::NOTHING] = pass.after[i];
            sums.add(pass.readings[i], reader.turns(streams[i], pass.readings[i].n_tokens), reader.gate_in_input());
        }
    }
    return result;
}

} // namespace

int main(int argc, char ** argv) {
    try {
        const reference_options options = reference_options::parse(argc, argv);
        reference_run run(options);
        const scores result = score(run, options.prediction);

        std::ofstream out(options.out);
        write_json(out, result);
        if (!out.flush()) {
            throw std::runtime_error("cannot write " + options.out);
        }
        printf("{\"n_tokens\":%d,\"n_layers\":%zu,\"n_expert\":%d,\"n_expert_used\":%d,\"arch\":\"%s\","
               "\"routed_error\":%g}\n",
               run.n_tokens(), result.blocks.size(), result.n_expert, result.n_expert_used, run.arch().c_str(),
               result.routed_error);
        return 0;
    } catch (const std::exception & e) {
        fprintf(stderr, "stock-scores: %s\n", e.what());
        return 1;
    }
}
