# Names of what gimbal needs on Debian and Ubuntu, and how to install it. Sourced by run and test.

GIMBAL_PACKAGES="g++ cmake ninja-build pkg-config ccache python3 libdnnl-dev libhwy-dev libicu-dev libpcre2-dev libsentencepiece-dev libsqlite3-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libjs-dygraphs"
GIMBAL_TEST_PACKAGES="libgtest-dev"

# install_packages NAME...: installs those that are missing; says their names where that cannot be done.
install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not a Debian or Ubuntu system. gimbal needs the equivalents of these packages: $*" >&2
    return 0
  fi
  missing=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "These packages are missing and neither root nor sudo is at hand; ask for: apt-get install$missing" >&2
      return 1
    fi
    as_root="sudo"
  fi
  echo "Installing:$missing" >&2
  $as_root apt-get update -qq >&2 || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    { echo "apt-get could not install:$missing" >&2; return 1; }
}

# build_gimbal DIR TARGETS...: configures once, then builds.
build_gimbal() {
  build_dir="$1"
  shift
  if [ ! -f "$build_dir/build.ninja" ]; then
    cmake -S . -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=Release "${GIMBAL_CMAKE_FLAGS:--DGIMBAL_TESTS=OFF}" >"$build_dir.log" 2>&1 ||
      { cat "$build_dir.log" >&2; return 1; }
    rm -f "$build_dir.log"
  fi
  if [ -t 2 ]; then
    ninja -C "$build_dir" "$@" >&2
  else
    ninja -C "$build_dir" --quiet "$@" >&2
  fi
}
