# Read by ../run and ../start: makes the kernel "java" known to Jupyter, for this shell and what it starts.
# Everything lies below target/; nothing is installed.

notebooks=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$notebooks/../.." && pwd -P)
target=$notebooks/target
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac

say() {
    echo "notebooks: $*"
}

prepare_kernel() {
    if [ ! -f "$target/notebook.classpath" ] || [ ! -d "$target/classes" ]; then
        say "building the library and the examples with Maven"
        mvn -B -ntp -q -f "$root/pom.xml" -pl examples/notebooks -am -DskipTests package || return
    fi
    if [ ! -f "$target/kernel/rapaio-jupyter-kernel.jar" ]; then
        say "fetching the Java kernel with Maven, into $target"
        mvn -B -ntp -q -f "$root/pom.xml" -pl examples/notebooks dependency:copy@kernel || return
    fi
    # A class of the kernel that does not always start; see there.
    "$javac" --release 17 -d "$target/kernel/patch" \
        "$notebooks/kernel/org/rapaio/jupyter/kernel/channels/LoopThread.java" || return

    mkdir -p "$target/jupyter/kernels/java"
    cat > "$target/jupyter/kernels/java/kernel.json" <<EOF
{
  "argv": ["$java", "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
           "--enable-native-access=ALL-UNNAMED",
           "-cp", "$target/kernel/patch:$target/kernel/rapaio-jupyter-kernel.jar",
           "org.rapaio.jupyter.kernel.MainApp", "{connection_file}"],
  "display_name": "Java",
  "language": "java",
  "interrupt_mode": "message"
}
EOF
    JUPYTER_PATH=$target/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}
    RJK_CLASSPATH="$target/classes;$(cat "$target/notebook.classpath")"
    # DJL counts its users over the network unless told not to.
    OPT_OUT_TRACKING=true
    # PyTorch's threads otherwise spin while they wait, which costs others on the machine.
    : "${OMP_WAIT_POLICY:=passive}"
    export JUPYTER_PATH RJK_CLASSPATH OPT_OUT_TRACKING OMP_WAIT_POLICY
}
