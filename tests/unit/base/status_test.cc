#include "base/status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace godwit {
namespace {

TEST(StatusTest, WhatDisksDieOfHasACodeOfItsOwn) {
  EXPECT_EQ(ErrnoError(EIO, "read").code(), StatusCode::kInternal);
  EXPECT_EQ(ErrnoError(EROFS, "write").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrnoError(ENOSPC, "write").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoError(EDQUOT, "write").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoError(EFBIG, "write").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoError(EACCES, "open").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoError(ENOENT, "open").code(), StatusCode::kNotFound);
  EXPECT_EQ(Message(ErrnoError(EIO, "read x")), "read x: Input/output error");
}

}  // namespace
}  // namespace godwit
