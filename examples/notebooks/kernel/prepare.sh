# Sourced by ../run and ../start: makes the kernels "java" and "kotlin" available to Jupyter, for this shell
# and its child processes. All files are in target/ and in Maven's local repository; nothing is installed.
# shellcheck shell=sh

notebooks=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$notebooks/../.." && pwd -P)
target=$notebooks/target
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac

JUPYTER_PATH=$target/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}
# Without this, DJL reports its use over the network.
OPT_OUT_TRACKING=true
# Otherwise PyTorch's waiting threads spin for milliseconds, which slows down other programs.
[ -n "${OMP_WAIT_POLICY:-}" ] || : "${GOMP_SPINCOUNT:=30000}"
export JUPYTER_PATH OPT_OUT_TRACKING GOMP_SPINCOUNT

say() {
    echo "notebooks: $*"
}

prepare_library() {
    if [ ! -f "$target/notebook.classpath" ] || [ ! -d "$target/classes" ]; then
        say "building the library and the command line with Maven"
        mvn -B -ntp -q -f "$root/pom.xml" -pl examples/notebooks -am -DskipTests package || return
    fi
    library="$target/classes;$(cat "$target/notebook.classpath")"
}

prepare_java() {
    if [ ! -f "$target/kernel/rapaio-jupyter-kernel.jar" ]; then
        say "fetching the Java kernel with Maven"
        mvn -B -ntp -q -f "$root/pom.xml" -pl examples/notebooks dependency:copy@kernel || return
    fi
    # A patched class of the kernel, which otherwise does not always start; see its source.
    "$javac" --release 17 -d "$target/kernel/patch" \
        "$notebooks/kernel/org/rapaio/jupyter/kernel/channels/LoopThread.java" || return
    RJK_CLASSPATH=$library
    export RJK_CLASSPATH
    mkdir -p "$target/jupyter/kernels/java"
    cat > "$target/jupyter/kernels/java/kernel.json" <<EOF
{
  "argv": ["$java", "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
           "--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector",
           "-cp", "$target/kernel/patch:$target/kernel/rapaio-jupyter-kernel.jar",
           "org.rapaio.jupyter.kernel.MainApp", "{connection_file}"],
  "display_name": "Java",
  "language": "java",
  "interrupt_mode": "message"
}
EOF
}

prepare_kotlin() {
    if [ ! -f "$target/kotlin-kernel.classpath" ]; then
        say "fetching the Kotlin kernel with Maven"
        mvn -B -ntp -q -f "$notebooks/kernel/kotlin/pom.xml" dependency:build-classpath \
            -Dmdep.outputFile="$target/kotlin-kernel.classpath" || return
    fi
    kernel=$(cat "$target/kotlin-kernel.classpath")
    # Without the library of a newer Kotlin, which the kernel's compiler cannot read.
    code=$(echo "$library" | tr ';' '\n' | grep -v '/kotlin-stdlib' | tr '\n' ':')$kernel
    # DJL's JNA comes first: the kernel's own is older, and only one can be loaded.
    kernel=$(echo "$library" | tr ';' '\n' | grep '/jna-[0-9]'):$kernel
    mkdir -p "$target/kotlin-home" "$target/jupyter/kernels/kotlin"
    cat > "$target/jupyter/kernels/kotlin/kernel.json" <<EOF
{
  "argv": ["$java", "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
           "-Dlogback.configurationFile=$notebooks/kernel/kotlin/logback.xml",
           "--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector",
           "-cp", "$kernel", "org.jetbrains.kotlinx.jupyter.IkotlinKt", "{connection_file}",
           "-classpath=$code", "-home=$target/kotlin-home"],
  "display_name": "Kotlin",
  "language": "kotlin",
  "interrupt_mode": "message"
}
EOF
}
