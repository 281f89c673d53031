#include "rpc-client.h"

#include "tcp.h"

#include "ggml.h"
#include "ggml-backend.h"
#include "ggml-backend-impl.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace {

constexpr int HELLO_TIMEOUT_MS = 5000;

// As defined in ggml-rpc.cpp; the command has the number 14 in all versions.
#pragma pack(push, 1)
constexpr size_t CAPABILITIES_SIZE = 24;
struct hello_request {
    uint8_t  command = 14;
    uint64_t size    = CAPABILITIES_SIZE;
    uint8_t  capabilities[CAPABILITIES_SIZE] = {};
};
struct hello_response {
    uint8_t major, minor, patch, padding;
    uint8_t capabilities[CAPABILITIES_SIZE];
};
#pragma pack(pop)

// The form of the line is defined in native/patches.
[[noreturn]] void end_without(const std::string & endpoint, const char * why) {
    GGML_ABORT("RPC server %s is lost: %s", endpoint.c_str(), why);
}

int64_t connect_or_end(const char * endpoint) {
    try {
        return tcp_socket::connect(endpoint).release();
    } catch (const std::exception & error) {
        end_without(endpoint, error.what());
    }
}

std::string version(int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// ggml ends the process if a server does not answer properly, so the server is asked beforehand.
// @return empty, or what is wrong
std::string greet(const std::string & endpoint) {
    std::optional<tcp_socket> socket;
    try {
        socket.emplace(tcp_socket::connect(endpoint));
    } catch (const std::exception & error) {
        return std::string("unreachable: ") + error.what();
    }
    uint64_t size = 0;
    try {
        const hello_request request;
        socket->send(&request, sizeof(request));
        socket->receive(&size, sizeof(size), HELLO_TIMEOUT_MS);
    } catch (const std::exception & error) {
        return std::string("unreachable: it takes the connection, but does not answer (") + error.what() +
            "); llama.cpp's own server serves one client at a time";
    }
    hello_response response = {};
    try {
        if (size != sizeof(response)) {
            throw std::runtime_error("another size");
        }
        socket->receive(&response, sizeof(response), HELLO_TIMEOUT_MS);
    } catch (const std::exception &) {
        return "incompatible: what answers is no RPC server of llama.cpp, or one of another version";
    }
    if (response.major != RPC_PROTO_MAJOR_VERSION || response.minor > RPC_PROTO_MINOR_VERSION) {
        return "incompatible: it speaks version " + version(response.major, response.minor, response.patch) +
            " of the protocol, and this side " +
            version(RPC_PROTO_MAJOR_VERSION, RPC_PROTO_MINOR_VERSION, RPC_PROTO_PATCH_VERSION);
    }
    return std::string();
}

// Watches a second connection on which nothing is sent: it fails as soon as the machine has gone, even while the
// machine computes or reads nothing.
void watch(const std::string & endpoint, tcp_socket socket) {
    std::thread([endpoint, socket = std::move(socket)] {
        try {
            for (uint8_t byte;;) {
                socket.receive(&byte, 1, 0);
            }
        } catch (const std::exception & error) {
            end_without(endpoint, error.what());
        }
    }).detach();
}

// @return empty, or what is wrong
std::string begin_to_use(const rpc_client_functions & rpc, const std::string & endpoint) {
    std::string error = greet(endpoint);
    if (!error.empty()) {
        return error;
    }
    rpc.set_connect(connect_or_end);
    ggml_backend_reg_t reg = rpc.add_server(endpoint.c_str());
    if (!reg) {
        return "incompatible: it offers no device";
    }
    // keeps a connection, and so its place: llama.cpp's own server would otherwise accept the watching connection as its next client
    ggml_backend_dev_init(ggml_backend_reg_dev_get(reg, 0), nullptr);
    try {
        watch(endpoint, tcp_socket::connect(endpoint));
    } catch (const std::exception & error) {
        return std::string("unreachable: ") + error.what();
    }
    ggml_backend_register(reg);
    return std::string();
}

} // namespace

rpc_machine rpc_add_machine(const rpc_client_functions & rpc, const std::string & endpoint) {
    // ggml would list a machine's devices again each time
    static std::mutex mutex;
    static std::set<std::string> used;
    const std::lock_guard<std::mutex> lock(mutex);

    rpc_machine machine{ endpoint, "", {} };
    if (!used.count(endpoint)) {
        machine.error = begin_to_use(rpc, endpoint);
        if (!machine.error.empty()) {
            return machine;
        }
        used.insert(endpoint);
    }
    ggml_backend_reg_t reg = rpc.add_server(endpoint.c_str());
    for (size_t i = 0; i < ggml_backend_reg_dev_count(reg); ++i) {
        machine.devices.emplace_back(ggml_backend_dev_name(ggml_backend_reg_dev_get(reg, i)));
    }
    return machine;
}
