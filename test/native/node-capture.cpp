#include "node-capture.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

static captured_node copy_node(const ggml_tensor * node) {
    std::vector<uint8_t> bytes(ggml_nbytes(node));
    ggml_backend_tensor_get(node, bytes.data(), 0, bytes.size());

    captured_node result;
    std::copy(node->ne, node->ne + GGML_MAX_DIMS, result.ne.begin());

    const auto gather = [&](auto & out) {
        out.resize(ggml_nelements(node));
        size_t n = 0;
        for (int64_t i3 = 0; i3 < node->ne[3]; ++i3) {
            for (int64_t i2 = 0; i2 < node->ne[2]; ++i2) {
                for (int64_t i1 = 0; i1 < node->ne[1]; ++i1) {
                    for (int64_t i0 = 0; i0 < node->ne[0]; ++i0) {
                        const size_t offset = i0*node->nb[0] + i1*node->nb[1] + i2*node->nb[2] + i3*node->nb[3];
                        memcpy(&out[n++], bytes.data() + offset, sizeof(out[0]));
                    }
                }
            }
        }
    };
    switch (node->type) {
        case GGML_TYPE_F32: gather(result.values);  break;
        case GGML_TYPE_I32: gather(result.indices); break;
        default: throw std::runtime_error(std::string("node ") + node->name + " is neither F32 nor I32");
    }
    return result;
}

node_capture::node_capture(std::unordered_set<std::string> names, std::string pivot)
    : names(std::move(names)), pivot(std::move(pivot)) {
    this->names.insert(this->pivot);
}

bool node_capture::callback(ggml_tensor * node, bool ask, void * user_data) {
    auto & self = *static_cast<node_capture *>(user_data);
    try {
        const key k = parse(node->name);
        if (ask) {
            return self.wants(k) || self.silences(k);
        }
        if (self.silences(k)) {
            const std::vector<uint8_t> zeros(ggml_nbytes(node));
            ggml_backend_tensor_set(node, zeros.data(), 0, zeros.size());
            self.first_is_silent |= self.silent_first.count(k.first) > 0;
        }
        if (self.wants(k)) {
            self.nodes[k] = copy_node(node);
        }
        return true;
    } catch (...) {
        // no exception may pass ggml's frames
        self.error = std::current_exception();
        return !ask;
    }
}

void node_capture::silence(int32_t il, std::unordered_set<std::string> names, std::unordered_set<std::string> first) {
    silent_block    = il;
    silent          = std::move(names);
    silent_first    = std::move(first);
    first_is_silent = false;
}

bool node_capture::silences(const key & k) const {
    if (k.second != silent_block) {
        return false;
    }
    const bool is_first = silent_first.count(k.first) > 0 && !first_is_silent && nodes.count({pivot, k.second}) > 0;
    return is_first || silent.count(k.first) > 0;
}

void node_capture::check() const {
    if (error) {
        std::rethrow_exception(error);
    }
}

const captured_node * node_capture::find(const std::string & name, int32_t il) const {
    const auto it = nodes.find({name, il});
    return it == nodes.end() ? nullptr : &it->second;
}

std::vector<int32_t> node_capture::pivot_blocks() const {
    std::vector<int32_t> blocks;
    for (const auto & entry : nodes) {
        if (entry.first.first == pivot) {
            blocks.push_back(entry.first.second);
        }
    }
    std::sort(blocks.begin(), blocks.end());
    return blocks;
}

node_capture::key node_capture::parse(const char * name) {
    const char * dash = strrchr(name, '-');
    if (!dash || !dash[1] || strspn(dash + 1, "0123456789") != strlen(dash + 1)) {
        return { name, -1 };
    }
    return { std::string(name, dash), std::stoi(dash + 1) };
}

bool node_capture::wants(const key & k) const {
    if (names.count(k.first) == 0) {
        return false;
    }
    return nodes.count(k) == 0 || nodes.count({pivot, k.second}) == 0;
}
