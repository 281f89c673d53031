// Copies of whole graph nodes, taken by name while unpatched llama.cpp computes them.
#pragma once

#include "ggml-backend.h"
#include "ggml.h"

#include <array>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

// Contiguous copy of a node, whatever its strides were; the first dimension varies fastest.
struct captured_node {
    std::array<int64_t, GGML_MAX_DIMS> ne;

    std::vector<float>   values;  // of an F32 node
    std::vector<int32_t> indices; // of an I32 node
};

class node_capture {
public:
    // names: without the block's suffix. Of several nodes with one name in one block the last one before the block's
    // node `pivot` is kept or, if there is none, the first one after it.
    node_capture(std::unordered_set<std::string> names, std::string pivot);

    // ggml_backend_sched_eval_callback; user_data: the node_capture
    static bool callback(ggml_tensor * node, bool ask, void * user_data);

    // Rethrows what went wrong within the callback.
    void check() const;

    void clear() { nodes.clear(); first_is_silent = false; }

    // From now on the nodes of these names in block il are set to zero as soon as they are computed, and of the nodes
    // named in `first` that one which comes first after the block's pivot.
    void silence(int32_t il, std::unordered_set<std::string> names, std::unordered_set<std::string> first);

    // NULL if the block has no such node. il: -1 for nodes outside the blocks.
    const captured_node * find(const std::string & name, int32_t il) const;

    // blocks that have the pivot, ascending
    std::vector<int32_t> pivot_blocks() const;

private:
    using key = std::pair<std::string, int32_t>; // name, block

    static key parse(const char * name);

    bool wants(const key & k) const;
    bool silences(const key & k) const;

    std::unordered_set<std::string> names;
    std::string                     pivot;
    std::map<key, captured_node>    nodes;

    int32_t                         silent_block = -1;
    std::unordered_set<std::string> silent;
    std::unordered_set<std::string> silent_first;
    bool                            first_is_silent = false;
    std::exception_ptr              error;
};
