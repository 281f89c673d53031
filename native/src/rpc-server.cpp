#include "rpc-server.h"

#include "lent-device.h"
#include "tcp.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>

namespace {

// a client uses two
constexpr int MAX_CONNECTIONS = 64;

// Whether the calling thread's client has received memory.
thread_local bool        holds_memory = false;
thread_local std::string client;

} // namespace

void rpc_serve(decltype(&ggml_backend_rpc_serve_socket) serve_socket, const rpc_server_options & given) {
    // clients' threads use these as long as the process lives
    const auto & options = *new rpc_server_options(given);
    auto & backends      = *new std::vector<ggml_backend_t>();
    auto & n_connections = *new std::atomic<int>(0);
    const auto on_alloc = [&options] {
        if (!holds_memory) {
            holds_memory = true;
            options.on_event("serves", client);
        }
    };
    for (ggml_backend_dev_t device : options.devices) {
        backends.push_back((new lent_device(device, options.n_threads, options.memory_limit, on_alloc))->backend());
    }
    const tcp_socket listener = tcp_socket::listen(options.endpoint);
    options.on_event("listening", std::to_string(listener.local_port()));

    const auto serve = [&, serve_socket](tcp_socket socket) {
        client = socket.peer();
        serve_socket(socket.release(), options.cache ? "." : nullptr, backends.size(), backends.data());
        if (holds_memory) {
            options.on_event("served", client);
        }
        --n_connections;
    };
    for (;;) {
        try {
            tcp_socket socket = listener.accept();
            if (n_connections >= MAX_CONNECTIONS) {
                fprintf(stderr, "A client cannot be served: there are too many\n");
                continue;
            }
            std::thread(serve, std::move(socket)).detach();
            ++n_connections;
        } catch (const std::exception & error) {
            // for example a client that has left, or no handle for another one
            fprintf(stderr, "A client cannot be served: %s\n", error.what());
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
}
