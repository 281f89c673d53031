// TCP connections over IPv4 or IPv6: none of them waits for a machine that has gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// Closes when it is destroyed. Failures throw std::runtime_error with the system's explanation.
class tcp_socket {
public:
    // endpoint: HOST:PORT, an IPv6 address in brackets; port 0: any free one
    static tcp_socket listen(const std::string & endpoint);
    static tcp_socket connect(const std::string & endpoint);

    tcp_socket(tcp_socket && other) noexcept : handle(other.release()) {}
    tcp_socket(const tcp_socket &) = delete;
    tcp_socket & operator=(const tcp_socket &) = delete;
    ~tcp_socket();

    // Waits for the next client. What is sent to it must be acknowledged within half a minute.
    tcp_socket accept() const;
    void send(const void * data, size_t size) const;
    // Waits until all of the data is there. timeout_ms: for the next bytes; 0: as long as the other side lives
    void receive(void * data, size_t size, int timeout_ms) const;
    // of the other side, as HOST:PORT in numbers
    std::string peer() const;
    int local_port() const;
    // Returns the system's handle, which the caller closes
    int64_t release() noexcept;

private:
    explicit tcp_socket(int64_t handle) : handle(handle) {}

    int64_t handle;
};
