package org.djlsparse.internal.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;

import org.djlsparse.torch.TorchArchive;
import org.djlsparse.torch.TorchModule;
import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * A TorchScript module of the library, loaded at first use. It has no state and serves all devices
 * and threads.
 */
public final class SharedModule {

    private final Supplier<TorchArchive> archive;
    private volatile @Nullable TorchModule module;

    /**
     * Creates a module without loading it.
     *
     * @param owner a class in the package of the sources
     * @param resource the name of the source file whose class the module gets
     * @param shared the names of source files whose methods the class gets, too
     */
    public SharedModule(Class<?> owner, String resource, String... shared) {
        archive = () -> TorchArchive.of(ScriptSource.join(owner, resource, shared));
    }

    /**
     * Compiles the source into an archive.
     *
     * @return the archive
     */
    public TorchArchive getArchive() {
        return archive.get();
    }

    /**
     * Returns the module.
     *
     * @return the module, which must not be closed
     * @throws ai.djl.engine.EngineException if DJL's PyTorch engine is not available, or lacks an
     *     operator of the module
     */
    public TorchModule get() {
        TorchModule loaded = module;
        return loaded == null ? load() : loaded;
    }

    private synchronized TorchModule load() {
        TorchModule loaded = module;
        if (loaded == null) {
            Engine engine = Engine.getEngine(PtEngine.ENGINE_NAME);
            loaded = TorchModule.load(getArchive(), engine.newBaseManager(Device.cpu()));
            module = loaded;
        }
        return loaded;
    }
}
