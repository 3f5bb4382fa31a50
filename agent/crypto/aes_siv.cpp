// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/aes_siv.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <openssl/evp.h>

#include "agent/crypto/openssl_error.hpp"
#include "base/limits.hpp"

namespace slewd::crypto {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// dbl() of RFC 5297 section 2.3: a shift to the left in the field of 2^128 elements.
void double_block(Block& block) {
  const bool carried = (block[0] & std::byte{0x80}) != std::byte{0};
  for (std::size_t i = 0; i + 1 < block.size(); ++i)
    block[i] = (block[i] << 1) | (block[i + 1] >> 7);
  block.back() <<= 1;
  if (carried) block.back() ^= std::byte{0x87};
}

void xor_into(std::span<std::byte> target, const Block& block) {
  for (std::size_t i = 0; i < block.size(); ++i) target[i] ^= block[i];
}

}  // namespace

AesSiv::AesSiv(Cmac cmac, Secret cipher_key)
    : cmac_(std::move(cmac)), cipher_key_(std::move(cipher_key)) {}

Result<AesSiv> AesSiv::create(Bytes key) {
  if (key.size() != kKeyBytes)
    return fail(ErrorCode::invalid,
                "an AEAD_AES_SIV_CMAC_256 key has 32 bytes, not " + std::to_string(key.size()));
  Result<Cmac> cmac = Cmac::create(key.first(kKeyBytes / 2));
  if (!cmac) return fail(std::move(cmac.error()).within("AES-SIV"));
  return AesSiv(std::move(*cmac), Secret(key.last(kKeyBytes / 2)));
}

// S2V of RFC 5297 section 2.4.
Result<Block> AesSiv::synthetic_iv(std::span<const Bytes> associated, Bytes plaintext) const {
  Result<Block> sum = cmac_.sum(Block{});
  if (!sum) return sum;
  Block state = *sum;
  for (const Bytes component : associated) {
    sum = cmac_.sum(component);
    if (!sum) return sum;
    double_block(state);
    xor_into(state, *sum);
  }
  if (plaintext.size() < kBlockBytes) {
    Block padded{};
    std::ranges::copy(plaintext, padded.begin());
    padded[plaintext.size()] = std::byte{0x80};
    double_block(state);
    xor_into(state, padded);
    return cmac_.sum(state);
  }
  std::vector<std::byte> message(plaintext.begin(), plaintext.end());
  xor_into(std::span(message).last<kBlockBytes>(), state);
  sum = cmac_.sum(message);
  wipe(message);
  return sum;
}

Result<void> AesSiv::apply_cipher(const Block& tag, Bytes in, std::span<std::byte> out) const {
  if (in.empty()) return {};
  // Two bits are cleared so that hardware may count in 32 or 64 bits (RFC 5297 section 2.5).
  Block counter = tag;
  counter[8] &= std::byte{0x7f};
  counter[12] &= std::byte{0x7f};
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return fail(openssl_error("EVP_CIPHER_CTX_new"));
  if (EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr,
                         reinterpret_cast<const unsigned char*>(cipher_key_.bytes().data()),
                         reinterpret_cast<const unsigned char*>(counter.data())) != 1)
    return fail(openssl_error("EVP_EncryptInit_ex(AES-128-CTR)"));
  int written = 0;
  if (EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &written,
                        reinterpret_cast<const unsigned char*>(in.data()),
                        static_cast<int>(in.size())) != 1 ||
      std::cmp_not_equal(written, in.size()))
    return fail(openssl_error("EVP_EncryptUpdate"));
  return {};
}

Result<std::vector<std::byte>> AesSiv::seal(std::span<const Bytes> associated,
                                            Bytes plaintext) const {
  if (associated.size() > kComponents || plaintext.size() > limits::kSivBytes)
    return fail(ErrorCode::limit, "AES-SIV: more than 126 components or 65536 bytes");
  const Result<Block> tag = synthetic_iv(associated, plaintext);
  if (!tag) return fail(tag.error());
  std::vector<std::byte> sealed(kTagBytes + plaintext.size());
  std::ranges::copy(*tag, sealed.begin());
  if (const Result<void> done = apply_cipher(*tag, plaintext, std::span(sealed).subspan(kTagBytes));
      !done)
    return fail(done.error());
  return sealed;
}

Result<std::vector<std::byte>> AesSiv::open(std::span<const Bytes> associated, Bytes sealed) const {
  if (sealed.size() < kTagBytes)
    return fail(ErrorCode::invalid, "AES-SIV: shorter than its tag of 16 bytes");
  if (associated.size() > kComponents || sealed.size() - kTagBytes > limits::kSivBytes)
    return fail(ErrorCode::limit, "AES-SIV: more than 126 components or 65536 bytes");
  Block tag{};
  std::ranges::copy(sealed.first(kTagBytes), tag.begin());
  std::vector<std::byte> plaintext(sealed.size() - kTagBytes);
  if (const Result<void> done = apply_cipher(tag, sealed.subspan(kTagBytes), plaintext); !done)
    return fail(done.error());
  const Result<Block> wanted = synthetic_iv(associated, plaintext);
  if (wanted && equal_in_constant_time(*wanted, tag)) return plaintext;
  wipe(plaintext);  // nobody may see what was not authentic
  if (!wanted) return fail(wanted.error());
  return fail(ErrorCode::permission, "AES-SIV: the tag does not fit");
}

}  // namespace slewd::crypto
