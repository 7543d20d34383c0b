/*
 * Configuration values at the edge: VARIANT and struct setting.
 *
 *   integer  VT_I4 out; any integer VARIANT whose value fits 32 bits, signed or unsigned, in
 *   string   VT_BSTR
 *   boolean  VT_BOOL
 *   bytes    VT_ARRAY|VT_UI1, one dimension
 */
#ifndef VPC_OBJECTS_VARIANT_H
#define VPC_OBJECTS_VARIANT_H

#include <windows.h>
#include <oleauto.h>
#include "config/settings.h"

/* Reads a VARIANT, also one that a script passes by reference. *setting (out): setting_clear it. VPC_INVALID_ARGUMENT
 * for another type and for a text with a NUL character inside. */
bool setting_from_variant(const VARIANT *variant, struct setting *setting, struct vpc_error *err);

/* True for VT_EMPTY and VT_NULL: no value at all. */
bool variant_is_nothing(const VARIANT *variant);

/* *variant (out) is zeroed on failure. */
bool variant_from_setting(const struct setting *setting, VARIANT *variant, struct vpc_error *err);

/* VT_ARRAY|VT_UI1, lower bound 0. */
bool variant_from_bytes(const void *bytes, size_t size, VARIANT *variant, struct vpc_error *err);

#endif
