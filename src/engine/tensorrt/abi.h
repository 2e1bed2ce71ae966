/* TensorRT and TensorRT-RTX as C sees them: made by scripts/gen_tensorrt_abi.py from the tables in abi/, do not edit.
 *
 * trt_<Interface>_<method>(object, ...) calls a virtual method. A NULL object, and a method that the loaded library
 * does not have, give 0. */
/* clang-format off */
#ifndef TT_TENSORRT_ABI_H
#define TT_TENSORRT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CUstream_st;
struct CUevent_st;

#define TRT_DataType_kFLOAT 0
#define TRT_DataType_kHALF 1
#define TRT_DataType_kINT8 2
#define TRT_DataType_kINT32 3
#define TRT_DataType_kBOOL 4
#define TRT_DataType_kUINT8 5
#define TRT_DataType_kFP8 6
#define TRT_DataType_kBF16 7
#define TRT_DataType_kINT64 8
#define TRT_DataType_kINT4 9
#define TRT_DataType_kFP4 10
#define TRT_DataType_kE8M0 11
#define TRT_APILanguage_kCPP 0
#define TRT_APILanguage_kPYTHON 1
#define TRT_ErrorCode_kSUCCESS 0
#define TRT_ErrorCode_kUNSPECIFIED_ERROR 1
#define TRT_ErrorCode_kINTERNAL_ERROR 2
#define TRT_ErrorCode_kINVALID_ARGUMENT 3
#define TRT_ErrorCode_kINVALID_CONFIG 4
#define TRT_ErrorCode_kFAILED_ALLOCATION 5
#define TRT_ErrorCode_kFAILED_INITIALIZATION 6
#define TRT_ErrorCode_kFAILED_EXECUTION 7
#define TRT_ErrorCode_kFAILED_COMPUTATION 8
#define TRT_ErrorCode_kINVALID_STATE 9
#define TRT_ErrorCode_kUNSUPPORTED_STATE 10
#define TRT_TensorIOMode_kNONE 0
#define TRT_TensorIOMode_kINPUT 1
#define TRT_TensorIOMode_kOUTPUT 2
#define TRT_EngineCapability_kSTANDARD 0
#define TRT_EngineCapability_kSAFETY 1
#define TRT_EngineCapability_kDLA_STANDALONE 2
#define TRT_TensorLocation_kDEVICE 0
#define TRT_TensorLocation_kHOST 1
#define TRT_WeightsRole_kKERNEL 0
#define TRT_WeightsRole_kBIAS 1
#define TRT_WeightsRole_kSHIFT 2
#define TRT_WeightsRole_kSCALE 3
#define TRT_WeightsRole_kCONSTANT 4
#define TRT_WeightsRole_kANY 5
#define TRT_DeviceType_kGPU 0
#define TRT_DeviceType_kDLA 1
#define TRT_TensorFormat_kLINEAR 0
#define TRT_TensorFormat_kCHW2 1
#define TRT_TensorFormat_kHWC8 2
#define TRT_TensorFormat_kCHW4 3
#define TRT_TensorFormat_kCHW16 4
#define TRT_TensorFormat_kCHW32 5
#define TRT_TensorFormat_kDHWC8 6
#define TRT_TensorFormat_kCDHW32 7
#define TRT_TensorFormat_kHWC 8
#define TRT_TensorFormat_kDLA_LINEAR 9
#define TRT_TensorFormat_kDLA_HWC4 10
#define TRT_TensorFormat_kHWC16 11
#define TRT_TensorFormat_kDHWC 12
#define TRT_AllocatorFlag_kRESIZABLE 0
#define TRT_ILogger_Severity_kINTERNAL_ERROR 0
#define TRT_ILogger_Severity_kERROR 1
#define TRT_ILogger_Severity_kWARNING 2
#define TRT_ILogger_Severity_kINFO 3
#define TRT_ILogger_Severity_kVERBOSE 4
#define TRT_OptProfileSelector_kMIN 0
#define TRT_OptProfileSelector_kOPT 1
#define TRT_OptProfileSelector_kMAX 2
#define TRT_TacticSource_kEDGE_MASK_CONVOLUTIONS 0
#define TRT_TacticSource_kJIT_CONVOLUTIONS 1
#define TRT_ProfilingVerbosity_kLAYER_NAMES_ONLY 0
#define TRT_ProfilingVerbosity_kNONE 1
#define TRT_ProfilingVerbosity_kDETAILED 2
#define TRT_SerializationFlag_kEXCLUDE_WEIGHTS 0
#define TRT_SerializationFlag_kEXCLUDE_LEAN_RUNTIME 1
#define TRT_SerializationFlag_kINCLUDE_REFIT 2
#define TRT_ExecutionContextAllocationStrategy_kSTATIC 0
#define TRT_ExecutionContextAllocationStrategy_kON_PROFILE_CHANGE 1
#define TRT_ExecutionContextAllocationStrategy_kUSER_MANAGED 2
#define TRT_EngineStat_kTOTAL_WEIGHTS_SIZE 0
#define TRT_EngineStat_kSTRIPPED_WEIGHTS_SIZE 1
#define TRT_LayerInformationFormat_kONELINE 0
#define TRT_LayerInformationFormat_kJSON 1
#define TRT_LayerType_kCONVOLUTION 0
#define TRT_LayerType_kCAST 1
#define TRT_LayerType_kACTIVATION 2
#define TRT_LayerType_kPOOLING 3
#define TRT_LayerType_kLRN 4
#define TRT_LayerType_kSCALE 5
#define TRT_LayerType_kSOFTMAX 6
#define TRT_LayerType_kDECONVOLUTION 7
#define TRT_LayerType_kCONCATENATION 8
#define TRT_LayerType_kELEMENTWISE 9
#define TRT_LayerType_kPLUGIN 10
#define TRT_LayerType_kUNARY 11
#define TRT_LayerType_kPADDING 12
#define TRT_LayerType_kSHUFFLE 13
#define TRT_LayerType_kREDUCE 14
#define TRT_LayerType_kTOPK 15
#define TRT_LayerType_kGATHER 16
#define TRT_LayerType_kMATRIX_MULTIPLY 17
#define TRT_LayerType_kRAGGED_SOFTMAX 18
#define TRT_LayerType_kCONSTANT 19
#define TRT_LayerType_kIDENTITY 20
#define TRT_LayerType_kPLUGIN_V2 21
#define TRT_LayerType_kSLICE 22
#define TRT_LayerType_kSHAPE 23
#define TRT_LayerType_kPARAMETRIC_RELU 24
#define TRT_LayerType_kRESIZE 25
#define TRT_LayerType_kTRIP_LIMIT 26
#define TRT_LayerType_kRECURRENCE 27
#define TRT_LayerType_kITERATOR 28
#define TRT_LayerType_kLOOP_OUTPUT 29
#define TRT_LayerType_kSELECT 30
#define TRT_LayerType_kFILL 31
#define TRT_LayerType_kQUANTIZE 32
#define TRT_LayerType_kDEQUANTIZE 33
#define TRT_LayerType_kCONDITION 34
#define TRT_LayerType_kCONDITIONAL_INPUT 35
#define TRT_LayerType_kCONDITIONAL_OUTPUT 36
#define TRT_LayerType_kSCATTER 37
#define TRT_LayerType_kEINSUM 38
#define TRT_LayerType_kASSERTION 39
#define TRT_LayerType_kONE_HOT 40
#define TRT_LayerType_kNON_ZERO 41
#define TRT_LayerType_kGRID_SAMPLE 42
#define TRT_LayerType_kNMS 43
#define TRT_LayerType_kREVERSE_SEQUENCE 44
#define TRT_LayerType_kNORMALIZATION 45
#define TRT_LayerType_kPLUGIN_V3 46
#define TRT_LayerType_kSQUEEZE 47
#define TRT_LayerType_kUNSQUEEZE 48
#define TRT_LayerType_kCUMULATIVE 49
#define TRT_LayerType_kDYNAMIC_QUANTIZE 50
#define TRT_LayerType_kATTENTION_INPUT 51
#define TRT_LayerType_kATTENTION_OUTPUT 52
#define TRT_LayerType_kROTARY_EMBEDDING 53
#define TRT_LayerType_kKVCACHE_UPDATE 54
#define TRT_LayerType_kMOE 55
#define TRT_LayerType_kDIST_COLLECTIVE 56
#define TRT_ActivationType_kRELU 0
#define TRT_ActivationType_kSIGMOID 1
#define TRT_ActivationType_kTANH 2
#define TRT_ActivationType_kLEAKY_RELU 3
#define TRT_ActivationType_kELU 4
#define TRT_ActivationType_kSELU 5
#define TRT_ActivationType_kSOFTSIGN 6
#define TRT_ActivationType_kSOFTPLUS 7
#define TRT_ActivationType_kCLIP 8
#define TRT_ActivationType_kHARD_SIGMOID 9
#define TRT_ActivationType_kSCALED_TANH 10
#define TRT_ActivationType_kTHRESHOLDED_RELU 11
#define TRT_ActivationType_kGELU_ERF 12
#define TRT_ActivationType_kGELU_TANH 13
#define TRT_PaddingMode_kEXPLICIT_ROUND_DOWN 0
#define TRT_PaddingMode_kEXPLICIT_ROUND_UP 1
#define TRT_PaddingMode_kSAME_UPPER 2
#define TRT_PaddingMode_kSAME_LOWER 3
#define TRT_PoolingType_kMAX 0
#define TRT_PoolingType_kAVERAGE 1
#define TRT_PoolingType_kMAX_AVERAGE_BLEND 2
#define TRT_ScaleMode_kUNIFORM 0
#define TRT_ScaleMode_kCHANNEL 1
#define TRT_ScaleMode_kELEMENTWISE 2
#define TRT_ElementWiseOperation_kSUM 0
#define TRT_ElementWiseOperation_kPROD 1
#define TRT_ElementWiseOperation_kMAX 2
#define TRT_ElementWiseOperation_kMIN 3
#define TRT_ElementWiseOperation_kSUB 4
#define TRT_ElementWiseOperation_kDIV 5
#define TRT_ElementWiseOperation_kPOW 6
#define TRT_ElementWiseOperation_kFLOOR_DIV 7
#define TRT_ElementWiseOperation_kAND 8
#define TRT_ElementWiseOperation_kOR 9
#define TRT_ElementWiseOperation_kXOR 10
#define TRT_ElementWiseOperation_kEQUAL 11
#define TRT_ElementWiseOperation_kGREATER 12
#define TRT_ElementWiseOperation_kLESS 13
#define TRT_GatherMode_kDEFAULT 0
#define TRT_GatherMode_kELEMENT 1
#define TRT_GatherMode_kND 2
#define TRT_UnaryOperation_kEXP 0
#define TRT_UnaryOperation_kLOG 1
#define TRT_UnaryOperation_kSQRT 2
#define TRT_UnaryOperation_kRECIP 3
#define TRT_UnaryOperation_kABS 4
#define TRT_UnaryOperation_kNEG 5
#define TRT_UnaryOperation_kSIN 6
#define TRT_UnaryOperation_kCOS 7
#define TRT_UnaryOperation_kTAN 8
#define TRT_UnaryOperation_kSINH 9
#define TRT_UnaryOperation_kCOSH 10
#define TRT_UnaryOperation_kASIN 11
#define TRT_UnaryOperation_kACOS 12
#define TRT_UnaryOperation_kATAN 13
#define TRT_UnaryOperation_kASINH 14
#define TRT_UnaryOperation_kACOSH 15
#define TRT_UnaryOperation_kATANH 16
#define TRT_UnaryOperation_kCEIL 17
#define TRT_UnaryOperation_kFLOOR 18
#define TRT_UnaryOperation_kERF 19
#define TRT_UnaryOperation_kNOT 20
#define TRT_UnaryOperation_kSIGN 21
#define TRT_UnaryOperation_kROUND 22
#define TRT_UnaryOperation_kISINF 23
#define TRT_UnaryOperation_kISNAN 24
#define TRT_ReduceOperation_kSUM 0
#define TRT_ReduceOperation_kPROD 1
#define TRT_ReduceOperation_kMAX 2
#define TRT_ReduceOperation_kMIN 3
#define TRT_ReduceOperation_kAVG 4
#define TRT_ReduceOperation_kNONE 5
#define TRT_SampleMode_kSTRICT_BOUNDS 0
#define TRT_SampleMode_kWRAP 1
#define TRT_SampleMode_kCLAMP 2
#define TRT_SampleMode_kFILL 3
#define TRT_SampleMode_kREFLECT 4
#define TRT_TopKOperation_kMAX 0
#define TRT_TopKOperation_kMIN 1
#define TRT_MatrixOperation_kNONE 0
#define TRT_MatrixOperation_kTRANSPOSE 1
#define TRT_MatrixOperation_kVECTOR 2
#define TRT_InterpolationMode_kNEAREST 0
#define TRT_InterpolationMode_kLINEAR 1
#define TRT_InterpolationMode_kCUBIC 2
#define TRT_ResizeCoordinateTransformation_kALIGN_CORNERS 0
#define TRT_ResizeCoordinateTransformation_kASYMMETRIC 1
#define TRT_ResizeCoordinateTransformation_kHALF_PIXEL 2
#define TRT_ResizeSelector_kFORMULA 0
#define TRT_ResizeSelector_kUPPER 1
#define TRT_ResizeRoundMode_kHALF_UP 0
#define TRT_ResizeRoundMode_kHALF_DOWN 1
#define TRT_ResizeRoundMode_kFLOOR 2
#define TRT_ResizeRoundMode_kCEIL 3
#define TRT_LoopOutput_kLAST_VALUE 0
#define TRT_LoopOutput_kCONCATENATE 1
#define TRT_LoopOutput_kREVERSE 2
#define TRT_TripLimit_kCOUNT 0
#define TRT_TripLimit_kWHILE 1
#define TRT_FillOperation_kLINSPACE 0
#define TRT_FillOperation_kRANDOM_UNIFORM 1
#define TRT_FillOperation_kRANDOM_NORMAL 2
#define TRT_ScatterMode_kELEMENT 0
#define TRT_ScatterMode_kND 1
#define TRT_CumulativeOperation_kSUM 0
#define TRT_AttentionNormalizationOp_kNONE 0
#define TRT_AttentionNormalizationOp_kSOFTMAX 1
#define TRT_CausalMaskKind_kNONE 0
#define TRT_CausalMaskKind_kUPPER_LEFT 1
#define TRT_CausalMaskKind_kLOWER_RIGHT 2
#define TRT_AttentionIOForm_kPADDED_BHND 0
#define TRT_AttentionIOForm_kPACKED_NHD 1
#define TRT_KVCacheMode_kLINEAR 0
#define TRT_RuntimePlatform_kSAME_AS_BUILD 0
#define TRT_RuntimePlatform_kWINDOWS_AMD64 1
#define TRT_BuilderFlag_kDEBUG 2
#define TRT_BuilderFlag_kGPU_FALLBACK 3
#define TRT_BuilderFlag_kREFIT 4
#define TRT_BuilderFlag_kDISABLE_TIMING_CACHE 5
#define TRT_BuilderFlag_kTF32 6
#define TRT_BuilderFlag_kSPARSE_WEIGHTS 7
#define TRT_BuilderFlag_kSAFETY_SCOPE 8
#define TRT_BuilderFlag_kDIRECT_IO 11
#define TRT_BuilderFlag_kVERSION_COMPATIBLE 12
#define TRT_BuilderFlag_kEXCLUDE_LEAN_RUNTIME 13
#define TRT_BuilderFlag_kERROR_ON_TIMING_CACHE_MISS 15
#define TRT_BuilderFlag_kDISABLE_COMPILATION_CACHE 17
#define TRT_BuilderFlag_kSTRIP_PLAN 18
#define TRT_BuilderFlag_kREFIT_IDENTICAL 19
#define TRT_BuilderFlag_kWEIGHT_STREAMING 20
#define TRT_BuilderFlag_kREFIT_INDIVIDUAL 22
#define TRT_BuilderFlag_kSTRICT_NANS 23
#define TRT_BuilderFlag_kMONITOR_MEMORY 24
#define TRT_BuilderFlag_kEDITABLE_TIMING_CACHE 26
#define TRT_BuilderFlag_kDISTRIBUTIVE_INDEPENDENCE 27
#define TRT_MemoryPoolType_kWORKSPACE 0
#define TRT_MemoryPoolType_kDLA_MANAGED_SRAM 1
#define TRT_MemoryPoolType_kDLA_LOCAL_DRAM 2
#define TRT_MemoryPoolType_kDLA_GLOBAL_DRAM 3
#define TRT_MemoryPoolType_kTACTIC_DRAM 4
#define TRT_MemoryPoolType_kTACTIC_SHARED_MEMORY 5
#define TRT_PreviewFeature_kALIASED_PLUGIN_IO_10_03 0
#define TRT_PreviewFeature_kRUNTIME_ACTIVATION_RESIZE_10_10 1
#define TRT_HardwareCompatibilityLevel_kNONE 0
#define TRT_HardwareCompatibilityLevel_kAMPERE_PLUS 1
#define TRT_HardwareCompatibilityLevel_kSAME_COMPUTE_CAPABILITY 2
#define TRT_TilingOptimizationLevel_kNONE 0
#define TRT_TilingOptimizationLevel_kFAST 1
#define TRT_TilingOptimizationLevel_kMODERATE 2
#define TRT_TilingOptimizationLevel_kFULL 3
#define TRT_NetworkDefinitionCreationFlag_kSTRONGLY_TYPED 0
#define TRT_NetworkDefinitionCreationFlag_kPREFER_JIT_PYTHON_PLUGINS 1
#define TRT_NetworkDefinitionCreationFlag_kPREFER_AOT_PYTHON_PLUGINS 2
#define TRT_EngineValidity_kVALID 0
#define TRT_EngineValidity_kSUBOPTIMAL 1
#define TRT_EngineValidity_kINVALID 2
#define TRT_EngineInvalidityDiagnostics_kVERSION_MISMATCH 1
#define TRT_EngineInvalidityDiagnostics_kUNSUPPORTED_CC 2
#define TRT_EngineInvalidityDiagnostics_kOLD_CUDA_DRIVER 4
#define TRT_EngineInvalidityDiagnostics_kOLD_CUDA_RUNTIME 8
#define TRT_EngineInvalidityDiagnostics_kINSUFFICIENT_GPU_MEMORY 16
#define TRT_EngineInvalidityDiagnostics_kMALFORMED_ENGINE 32
#define TRT_EngineInvalidityDiagnostics_kCUDA_ERROR 64
#define TRT_DynamicShapesKernelSpecializationStrategy_kLAZY 0
#define TRT_DynamicShapesKernelSpecializationStrategy_kEAGER 1
#define TRT_DynamicShapesKernelSpecializationStrategy_kNONE 2
#define TRT_CudaGraphStrategy_kDISABLED 0
#define TRT_CudaGraphStrategy_kWHOLE_GRAPH_CAPTURE 1
#define TRT_BuilderFlag_kREQUIRE_USER_ALLOCATION 28
#define TRT_ComputeCapability_kNONE 0
#define TRT_ComputeCapability_kCURRENT 1
#define TRT_ComputeCapability_kSM75 75
#define TRT_ComputeCapability_kSM80 80
#define TRT_ComputeCapability_kSM86 86
#define TRT_ComputeCapability_kSM89 89
#define TRT_ComputeCapability_kSM120 120
#define TRT_ComputeCapability_kSM121 121

typedef struct Dims64 {
    int32_t nbDims;
    int64_t d[8];
} Dims64;
_Static_assert(sizeof(Dims64) == 72, "Dims64");
_Static_assert(offsetof(Dims64, nbDims) == 0, "Dims64.nbDims");
_Static_assert(offsetof(Dims64, d) == 8, "Dims64.d");

typedef struct InterfaceInfo {
    const char *kind;
    int32_t major;
    int32_t minor;
} InterfaceInfo;
_Static_assert(sizeof(InterfaceInfo) == 16, "InterfaceInfo");
_Static_assert(offsetof(InterfaceInfo, kind) == 0, "InterfaceInfo.kind");
_Static_assert(offsetof(InterfaceInfo, major) == 8, "InterfaceInfo.major");
_Static_assert(offsetof(InterfaceInfo, minor) == 12, "InterfaceInfo.minor");

typedef struct Weights {
    int32_t type;
    const void *values;
    int64_t count;
} Weights;
_Static_assert(sizeof(Weights) == 24, "Weights");
_Static_assert(offsetof(Weights, type) == 0, "Weights.type");
_Static_assert(offsetof(Weights, values) == 8, "Weights.values");
_Static_assert(offsetof(Weights, count) == 16, "Weights.count");

typedef struct Permutation {
    int32_t order[8];
} Permutation;
_Static_assert(sizeof(Permutation) == 32, "Permutation");
_Static_assert(offsetof(Permutation, order) == 0, "Permutation.order");

typedef struct IActivationLayer IActivationLayer;
typedef struct IAssertionLayer IAssertionLayer;
typedef struct IAttention IAttention;
typedef struct IAttentionBoundaryLayer IAttentionBoundaryLayer;
typedef struct IBuilder IBuilder;
typedef struct IBuilderConfig IBuilderConfig;
typedef struct ICastLayer ICastLayer;
typedef struct IConcatenationLayer IConcatenationLayer;
typedef struct IConditionLayer IConditionLayer;
typedef struct IConstantLayer IConstantLayer;
typedef struct IConvolutionLayer IConvolutionLayer;
typedef struct ICudaEngine ICudaEngine;
typedef struct ICumulativeLayer ICumulativeLayer;
typedef struct IDeconvolutionLayer IDeconvolutionLayer;
typedef struct IDequantizeLayer IDequantizeLayer;
typedef struct IDynamicQuantizeLayer IDynamicQuantizeLayer;
typedef struct IEinsumLayer IEinsumLayer;
typedef struct IElementWiseLayer IElementWiseLayer;
typedef struct IEngineInspector IEngineInspector;
typedef struct IErrorRecorder IErrorRecorder;
typedef struct IExecutionContext IExecutionContext;
typedef struct IFillLayer IFillLayer;
typedef struct IGatherLayer IGatherLayer;
typedef struct IGpuAllocator IGpuAllocator;
typedef struct IGpuAsyncAllocator IGpuAsyncAllocator;
typedef struct IGridSampleLayer IGridSampleLayer;
typedef struct IHostMemory IHostMemory;
typedef struct IIdentityLayer IIdentityLayer;
typedef struct IIfConditional IIfConditional;
typedef struct IIfConditionalBoundaryLayer IIfConditionalBoundaryLayer;
typedef struct IIfConditionalInputLayer IIfConditionalInputLayer;
typedef struct IIfConditionalOutputLayer IIfConditionalOutputLayer;
typedef struct IIteratorLayer IIteratorLayer;
typedef struct IKVCacheUpdateLayer IKVCacheUpdateLayer;
typedef struct ILayer ILayer;
typedef struct ILogger ILogger;
typedef struct ILoop ILoop;
typedef struct ILoopBoundaryLayer ILoopBoundaryLayer;
typedef struct ILoopOutputLayer ILoopOutputLayer;
typedef struct IMatrixMultiplyLayer IMatrixMultiplyLayer;
typedef struct INetworkDefinition INetworkDefinition;
typedef struct INonZeroLayer INonZeroLayer;
typedef struct INormalizationLayer INormalizationLayer;
typedef struct IOneHotLayer IOneHotLayer;
typedef struct IOptimizationProfile IOptimizationProfile;
typedef struct IOutputAllocator IOutputAllocator;
typedef struct IParametricReLULayer IParametricReLULayer;
typedef struct IPoolingLayer IPoolingLayer;
typedef struct IProfiler IProfiler;
typedef struct IProgressMonitor IProgressMonitor;
typedef struct IQuantizeLayer IQuantizeLayer;
typedef struct IRecurrenceLayer IRecurrenceLayer;
typedef struct IReduceLayer IReduceLayer;
typedef struct IRefitter IRefitter;
typedef struct IResizeLayer IResizeLayer;
typedef struct IRotaryEmbeddingLayer IRotaryEmbeddingLayer;
typedef struct IRuntime IRuntime;
typedef struct IRuntimeCache IRuntimeCache;
typedef struct IRuntimeConfig IRuntimeConfig;
typedef struct IScaleLayer IScaleLayer;
typedef struct IScatterLayer IScatterLayer;
typedef struct ISelectLayer ISelectLayer;
typedef struct IShapeLayer IShapeLayer;
typedef struct IShuffleLayer IShuffleLayer;
typedef struct ISliceLayer ISliceLayer;
typedef struct ISoftMaxLayer ISoftMaxLayer;
typedef struct ISqueezeLayer ISqueezeLayer;
typedef struct IStreamReaderV2 IStreamReaderV2;
typedef struct IStreamWriter IStreamWriter;
typedef struct ITensor ITensor;
typedef struct ITimingCache ITimingCache;
typedef struct ITopKLayer ITopKLayer;
typedef struct ITripLimitLayer ITripLimitLayer;
typedef struct IUnaryLayer IUnaryLayer;
typedef struct IUnsqueezeLayer IUnsqueezeLayer;

typedef void (*trt_fn)(void);

/* What is loaded; set once, by library.c. */
extern int tt_trt_version; /* 110100 is TensorRT 11.1.0, 10701 is TensorRT-RTX 1.7.1 */
extern bool tt_trt_is_rtx;

static inline bool trt_has(int slot, int rtx_slot, int since, int rtx_since)
{
    return (tt_trt_is_rtx ? rtx_slot : slot) >= 0 && tt_trt_version >= (tt_trt_is_rtx ? rtx_since : since);
}

/* The implementation's method, NULL where there is none. */
static inline trt_fn trt_method(const void *object, size_t offset, int slot, int rtx_slot, int since, int rtx_since,
                                void **self)
{
    if (!object || !trt_has(slot, rtx_slot, since, rtx_since))
        return NULL;
    *self = *(void *const *)((const char *)object + offset);
    return (*(trt_fn *const *)*self)[tt_trt_is_rtx ? rtx_slot : slot];
}

/* C++ delete of an object that the library made; NULL is fine. */
static inline void trt_delete(const void *object)
{
    if (object)
        ((void (*)(const void *))(*(trt_fn *const *)object)[1])(object);
}

#define TRT_SLOT_IErrorRecorder_getAPILanguage 0
#define TRT_RTX_SLOT_IErrorRecorder_getAPILanguage 0
#define TRT_SLOT_IErrorRecorder_getInterfaceInfo 1
#define TRT_RTX_SLOT_IErrorRecorder_getInterfaceInfo 1
#define TRT_SLOT_IErrorRecorder_getNbErrors 4
#define TRT_RTX_SLOT_IErrorRecorder_getNbErrors 4
#define TRT_SLOT_IErrorRecorder_getErrorCode 5
#define TRT_RTX_SLOT_IErrorRecorder_getErrorCode 5
#define TRT_SLOT_IErrorRecorder_getErrorDesc 6
#define TRT_RTX_SLOT_IErrorRecorder_getErrorDesc 6
#define TRT_SLOT_IErrorRecorder_hasOverflowed 7
#define TRT_RTX_SLOT_IErrorRecorder_hasOverflowed 7
#define TRT_SLOT_IErrorRecorder_clear 8
#define TRT_RTX_SLOT_IErrorRecorder_clear 8
#define TRT_SLOT_IErrorRecorder_reportError 9
#define TRT_RTX_SLOT_IErrorRecorder_reportError 9
#define TRT_SLOT_IErrorRecorder_incRefCount 10
#define TRT_RTX_SLOT_IErrorRecorder_incRefCount 10
#define TRT_SLOT_IErrorRecorder_decRefCount 11
#define TRT_RTX_SLOT_IErrorRecorder_decRefCount 11
static inline void *trt_IHostMemory_data(const IHostMemory *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((void *(*)(void *))f)(s) : 0; }
static inline size_t trt_IHostMemory_size(const IHostMemory *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((size_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_IHostMemory_type(const IHostMemory *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
#define TRT_SLOT_IStreamWriter_getAPILanguage 0
#define TRT_RTX_SLOT_IStreamWriter_getAPILanguage 0
#define TRT_SLOT_IStreamWriter_getInterfaceInfo 1
#define TRT_RTX_SLOT_IStreamWriter_getInterfaceInfo 1
#define TRT_SLOT_IStreamWriter_write 4
#define TRT_RTX_SLOT_IStreamWriter_write 4
#define TRT_SLOT_IProfiler_getAPILanguage 0
#define TRT_RTX_SLOT_IProfiler_getAPILanguage 0
#define TRT_SLOT_IProfiler_getInterfaceInfo 1
#define TRT_RTX_SLOT_IProfiler_getInterfaceInfo 1
#define TRT_SLOT_IProfiler_reportLayerTime 4
#define TRT_RTX_SLOT_IProfiler_reportLayerTime 4
#define TRT_SLOT_ILogger_getAPILanguage 0
#define TRT_RTX_SLOT_ILogger_getAPILanguage 0
#define TRT_SLOT_ILogger_getInterfaceInfo 1
#define TRT_RTX_SLOT_ILogger_getInterfaceInfo 1
#define TRT_SLOT_ILogger_log 4
#define TRT_RTX_SLOT_ILogger_log 4
static inline ICudaEngine *trt_IRuntime_deserializeCudaEngine(const IRuntime *o, const void *blob, size_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((ICudaEngine *(*)(void *, const void *, size_t))f)(s, blob, size) : 0; }
static inline void trt_IRuntime_setGpuAllocator(const IRuntime *o, IGpuAllocator *allocator)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); if (f) ((void (*)(void *, IGpuAllocator *))f)(s, allocator); }
static inline void trt_IRuntime_setErrorRecorder(const IRuntime *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_IRuntime_getErrorRecorder(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline ILogger *trt_IRuntime_getLogger(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((ILogger *(*)(void *))f)(s) : 0; }
static inline bool trt_IRuntime_setMaxThreads(const IRuntime *o, int32_t maxThreads)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, maxThreads) : 0; }
static inline int32_t trt_IRuntime_getMaxThreads(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IRuntime_setTemporaryDirectory(const IRuntime *o, const char *arg0)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, arg0); }
static inline const char *trt_IRuntime_getTemporaryDirectory(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IRuntime_setTempfileControlFlags(const IRuntime *o, uint32_t arg0)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, arg0); }
static inline uint32_t trt_IRuntime_getTempfileControlFlags(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline void trt_IRuntime_setEngineHostCodeAllowed(const IRuntime *o, bool allowed)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, allowed); }
static inline bool trt_IRuntime_getEngineHostCodeAllowed(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline ICudaEngine *trt_IRuntime_deserializeCudaEngineV2(const IRuntime *o, IStreamReaderV2 *streamReader)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((ICudaEngine *(*)(void *, IStreamReaderV2 *))f)(s, streamReader) : 0; }
static inline bool trt_IRefitter_setWeights(const IRefitter *o, const char *layerName, int32_t role, const Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, int32_t, const Weights))f)(s, layerName, role, weights) : 0; }
static inline bool trt_IRefitter_refitCudaEngine(const IRefitter *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline int32_t trt_IRefitter_getMissing(const IRefitter *o, int32_t size, const char **layerNames, int32_t *roles)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, const char **, int32_t *))f)(s, size, layerNames, roles) : 0; }
static inline int32_t trt_IRefitter_getAll(const IRefitter *o, int32_t size, const char **layerNames, int32_t *roles)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, const char **, int32_t *))f)(s, size, layerNames, roles) : 0; }
static inline void trt_IRefitter_setErrorRecorder(const IRefitter *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_IRefitter_getErrorRecorder(const IRefitter *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline bool trt_IRefitter_setNamedWeights(const IRefitter *o, const char *name, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, Weights))f)(s, name, weights) : 0; }
static inline int32_t trt_IRefitter_getMissingWeights(const IRefitter *o, int32_t size, const char **weightsNames)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, const char **))f)(s, size, weightsNames) : 0; }
static inline int32_t trt_IRefitter_getAllWeights(const IRefitter *o, int32_t size, const char **weightsNames)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, const char **))f)(s, size, weightsNames) : 0; }
static inline ILogger *trt_IRefitter_getLogger(const IRefitter *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((ILogger *(*)(void *))f)(s) : 0; }
static inline bool trt_IRefitter_setMaxThreads(const IRefitter *o, int32_t maxThreads)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, maxThreads) : 0; }
static inline int32_t trt_IRefitter_getMaxThreads(const IRefitter *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IRefitter_setNamedWeightsWithLocation(const IRefitter *o, const char *name, Weights weights, int32_t location)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, Weights, int32_t))f)(s, name, weights, location) : 0; }
static inline Weights trt_IRefitter_getNamedWeights(const IRefitter *o, const char *weightsName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((Weights (*)(void *, const char *))f)(s, weightsName) : (Weights){0}; }
static inline int32_t trt_IRefitter_getWeightsLocation(const IRefitter *o, const char *weightsName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, weightsName) : 0; }
static inline bool trt_IRefitter_unsetNamedWeights(const IRefitter *o, const char *weightsName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, weightsName) : 0; }
static inline void trt_IRefitter_setWeightsValidation(const IRefitter *o, bool weightsValidation)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, weightsValidation); }
static inline bool trt_IRefitter_getWeightsValidation(const IRefitter *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IRefitter_refitCudaEngineAsync(const IRefitter *o, struct CUstream_st *stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); return f ? ((bool (*)(void *, struct CUstream_st *))f)(s, stream) : 0; }
static inline Weights trt_IRefitter_getWeightsPrototype(const IRefitter *o, const char *weightsName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((Weights (*)(void *, const char *))f)(s, weightsName) : (Weights){0}; }
static inline bool trt_IOptimizationProfile_setDimensions(const IOptimizationProfile *o, const char *inputName, int32_t select, const Dims64 *dims)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, int32_t, const Dims64 *))f)(s, inputName, select, dims) : 0; }
static inline Dims64 trt_IOptimizationProfile_getDimensions(const IOptimizationProfile *o, const char *inputName, int32_t select)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((Dims64 (*)(void *, const char *, int32_t))f)(s, inputName, select) : (Dims64){0}; }
static inline int32_t trt_IOptimizationProfile_getNbShapeValues(const IOptimizationProfile *o, const char *inputName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, inputName) : 0; }
static inline bool trt_IOptimizationProfile_setExtraMemoryTarget(const IOptimizationProfile *o, float target)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((bool (*)(void *, float))f)(s, target) : 0; }
static inline float trt_IOptimizationProfile_getExtraMemoryTarget(const IOptimizationProfile *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline bool trt_IOptimizationProfile_isValid(const IOptimizationProfile *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IOptimizationProfile_setShapeValuesV2(const IOptimizationProfile *o, const char *inputName, int32_t select, const int64_t *values, int32_t nbValues)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, int32_t, const int64_t *, int32_t))f)(s, inputName, select, values, nbValues) : 0; }
static inline const int64_t *trt_IOptimizationProfile_getShapeValuesV2(const IOptimizationProfile *o, const char *inputName, int32_t select)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((const int64_t *(*)(void *, const char *, int32_t))f)(s, inputName, select) : 0; }
static inline void trt_IRuntimeConfig_setExecutionContextAllocationStrategy(const IRuntimeConfig *o, int32_t strategy)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, strategy); }
static inline int32_t trt_IRuntimeConfig_getExecutionContextAllocationStrategy(const IRuntimeConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getNbLayers(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline IHostMemory *trt_ICudaEngine_serialize(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((IHostMemory *(*)(void *))f)(s) : 0; }
static inline IExecutionContext *trt_ICudaEngine_createExecutionContext(const ICudaEngine *o, int32_t strategy)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((IExecutionContext *(*)(void *, int32_t))f)(s, strategy) : 0; }
static inline bool trt_ICudaEngine_isRefittable(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline const char *trt_ICudaEngine_getName(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getNbOptimizationProfiles(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getEngineCapability(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ICudaEngine_setErrorRecorder(const ICudaEngine *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_ICudaEngine_getErrorRecorder(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline uint32_t trt_ICudaEngine_getTacticSources(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getProfilingVerbosity(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline IEngineInspector *trt_ICudaEngine_createEngineInspector(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((IEngineInspector *(*)(void *))f)(s) : 0; }
static inline Dims64 trt_ICudaEngine_getTensorShape(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((Dims64 (*)(void *, const char *))f)(s, tensorName) : (Dims64){0}; }
static inline int32_t trt_ICudaEngine_getTensorDataType(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorLocation(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline bool trt_ICudaEngine_isShapeInferenceIO(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorIOMode(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorBytesPerComponent(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorComponentsPerElement(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorFormat(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline const char *trt_ICudaEngine_getTensorFormatDesc(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 23, 23, 110000, 10500, &s); return f ? ((const char *(*)(void *, const char *))f)(s, tensorName) : 0; }
static inline int32_t trt_ICudaEngine_getTensorVectorizedDim(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 24, 24, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline Dims64 trt_ICudaEngine_getProfileShape(const ICudaEngine *o, const char *tensorName, int32_t profileIndex, int32_t select)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 25, 25, 110000, 10500, &s); return f ? ((Dims64 (*)(void *, const char *, int32_t, int32_t))f)(s, tensorName, profileIndex, select) : (Dims64){0}; }
static inline int32_t trt_ICudaEngine_getNbIOTensors(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 26, 26, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline const char *trt_ICudaEngine_getIOTensorName(const ICudaEngine *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 27, 27, 110000, 10500, &s); return f ? ((const char *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_ICudaEngine_getHardwareCompatibilityLevel(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 28, 28, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getNbAuxStreams(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 29, 29, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ICudaEngine_getTensorBytesPerComponentV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 30, 30, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *, int32_t))f)(s, tensorName, profileIndex) : 0; }
static inline int32_t trt_ICudaEngine_getTensorComponentsPerElementV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 31, 31, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *, int32_t))f)(s, tensorName, profileIndex) : 0; }
static inline int32_t trt_ICudaEngine_getTensorFormatV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 32, 32, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *, int32_t))f)(s, tensorName, profileIndex) : 0; }
static inline const char *trt_ICudaEngine_getTensorFormatDescV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 33, 33, 110000, 10500, &s); return f ? ((const char *(*)(void *, const char *, int32_t))f)(s, tensorName, profileIndex) : 0; }
static inline int32_t trt_ICudaEngine_getTensorVectorizedDimV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 34, 34, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const char *, int32_t))f)(s, tensorName, profileIndex) : 0; }
static inline IRefitter *trt_ICudaEngine_createRefitter(const ICudaEngine *o, ILogger *logger)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 37, 37, 110000, 10500, &s); return f ? ((IRefitter *(*)(void *, ILogger *))f)(s, logger) : 0; }
static inline int64_t trt_ICudaEngine_getStreamableWeightsSize(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 38, 38, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline bool trt_ICudaEngine_setWeightStreamingBudgetV2(const ICudaEngine *o, int64_t gpuMemoryBudget)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 40, 40, 110000, 10500, &s); return f ? ((bool (*)(void *, int64_t))f)(s, gpuMemoryBudget) : 0; }
static inline int64_t trt_ICudaEngine_getWeightStreamingBudgetV2(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 41, 41, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline int64_t trt_ICudaEngine_getWeightStreamingAutomaticBudget(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 42, 42, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline int64_t trt_ICudaEngine_getWeightStreamingScratchMemorySize(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 43, 43, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline int64_t trt_ICudaEngine_getDeviceMemorySizeV2(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 44, 44, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline int64_t trt_ICudaEngine_getDeviceMemorySizeForProfileV2(const ICudaEngine *o, int32_t profileIndex)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 45, 45, 110000, 10500, &s); return f ? ((int64_t (*)(void *, int32_t))f)(s, profileIndex) : 0; }
static inline const int64_t *trt_ICudaEngine_getProfileTensorValuesV2(const ICudaEngine *o, const char *tensorName, int32_t profileIndex, int32_t select)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 46, 46, 110000, 10500, &s); return f ? ((const int64_t *(*)(void *, const char *, int32_t, int32_t))f)(s, tensorName, profileIndex, select) : 0; }
static inline IExecutionContext *trt_ICudaEngine_createExecutionContextWithRuntimeConfig(const ICudaEngine *o, IRuntimeConfig *runtimeConfig)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 47, 47, 110000, 10500, &s); return f ? ((IExecutionContext *(*)(void *, IRuntimeConfig *))f)(s, runtimeConfig) : 0; }
static inline IRuntimeConfig *trt_ICudaEngine_createRuntimeConfig(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 48, 48, 110000, 10500, &s); return f ? ((IRuntimeConfig *(*)(void *))f)(s) : 0; }
static inline int64_t trt_ICudaEngine_getEngineStat(const ICudaEngine *o, int32_t stat)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 49, 49, 110000, 10500, &s); return f ? ((int64_t (*)(void *, int32_t))f)(s, stat) : 0; }
static inline const char *trt_ICudaEngine_getAliasedInputTensor(const ICudaEngine *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 50, 50, 110000, 10500, &s); return f ? ((const char *(*)(void *, const char *))f)(s, tensorName) : 0; }
#define TRT_SLOT_IOutputAllocator_getAPILanguage 0
#define TRT_RTX_SLOT_IOutputAllocator_getAPILanguage 0
#define TRT_SLOT_IOutputAllocator_getInterfaceInfo 1
#define TRT_RTX_SLOT_IOutputAllocator_getInterfaceInfo 1
#define TRT_SLOT_IOutputAllocator_reallocateOutput 4
#define TRT_RTX_SLOT_IOutputAllocator_reallocateOutput -1
#define TRT_SLOT_IOutputAllocator_reallocateOutputAsync 5
#define TRT_RTX_SLOT_IOutputAllocator_reallocateOutputAsync 4
#define TRT_SLOT_IOutputAllocator_notifyShape 6
#define TRT_RTX_SLOT_IOutputAllocator_notifyShape 5
static inline void trt_IExecutionContext_setProfiler(const IExecutionContext *o, IProfiler *arg0)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, IProfiler *))f)(s, arg0); }
static inline IProfiler *trt_IExecutionContext_getProfiler(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((IProfiler *(*)(void *))f)(s) : 0; }
static inline const ICudaEngine *trt_IExecutionContext_getEngine(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((const ICudaEngine *(*)(void *))f)(s) : 0; }
static inline void trt_IExecutionContext_setName(const IExecutionContext *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_IExecutionContext_getName(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IExecutionContext_setDeviceMemory(const IExecutionContext *o, void *memory)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, void *))f)(s, memory); }
static inline int32_t trt_IExecutionContext_getOptimizationProfile(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_allInputDimensionsSpecified(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_IExecutionContext_setErrorRecorder(const IExecutionContext *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_IExecutionContext_getErrorRecorder(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_executeV2(const IExecutionContext *o, void * const *bindings)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((bool (*)(void *, void * const *))f)(s, bindings) : 0; }
static inline bool trt_IExecutionContext_setOptimizationProfileAsync(const IExecutionContext *o, int32_t profileIndex, struct CUstream_st *stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t, struct CUstream_st *))f)(s, profileIndex, stream) : 0; }
static inline void trt_IExecutionContext_setEnqueueEmitsProfile(const IExecutionContext *o, bool enqueueEmitsProfile)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, enqueueEmitsProfile); }
static inline bool trt_IExecutionContext_getEnqueueEmitsProfile(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_reportToProfiler(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_setInputShape(const IExecutionContext *o, const char *tensorName, const Dims64 *dims)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, const Dims64 *))f)(s, tensorName, dims) : 0; }
static inline Dims64 trt_IExecutionContext_getTensorShape(const IExecutionContext *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); return f ? ((Dims64 (*)(void *, const char *))f)(s, tensorName) : (Dims64){0}; }
static inline Dims64 trt_IExecutionContext_getTensorStrides(const IExecutionContext *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((Dims64 (*)(void *, const char *))f)(s, tensorName) : (Dims64){0}; }
static inline bool trt_IExecutionContext_setTensorAddress(const IExecutionContext *o, const char *tensorName, void *data)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 23, 23, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, void *))f)(s, tensorName, data) : 0; }
static inline const void *trt_IExecutionContext_getTensorAddress(const IExecutionContext *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 24, 24, 110000, 10500, &s); return f ? ((const void *(*)(void *, const char *))f)(s, tensorName) : 0; }
static inline bool trt_IExecutionContext_setInputTensorAddress(const IExecutionContext *o, const char *tensorName, const void *data)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 25, 25, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, const void *))f)(s, tensorName, data) : 0; }
static inline bool trt_IExecutionContext_setOutputTensorAddress(const IExecutionContext *o, const char *tensorName, void *data)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 26, 26, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, void *))f)(s, tensorName, data) : 0; }
static inline int32_t trt_IExecutionContext_inferShapes(const IExecutionContext *o, int32_t nbMaxNames, const char **tensorNames)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 27, 27, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, const char **))f)(s, nbMaxNames, tensorNames) : 0; }
static inline bool trt_IExecutionContext_setInputConsumedEvent(const IExecutionContext *o, struct CUevent_st *event)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 28, 28, 110000, 10500, &s); return f ? ((bool (*)(void *, struct CUevent_st *))f)(s, event) : 0; }
static inline struct CUevent_st *trt_IExecutionContext_getInputConsumedEvent(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 29, 29, 110000, 10500, &s); return f ? ((struct CUevent_st *(*)(void *))f)(s) : 0; }
static inline void *trt_IExecutionContext_getOutputTensorAddress(const IExecutionContext *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 30, 30, 110000, 10500, &s); return f ? ((void *(*)(void *, const char *))f)(s, tensorName) : 0; }
static inline bool trt_IExecutionContext_setOutputAllocator(const IExecutionContext *o, const char *tensorName, IOutputAllocator *outputAllocator)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 31, 31, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *, IOutputAllocator *))f)(s, tensorName, outputAllocator) : 0; }
static inline IOutputAllocator *trt_IExecutionContext_getOutputAllocator(const IExecutionContext *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 32, 32, 110000, 10500, &s); return f ? ((IOutputAllocator *(*)(void *, const char *))f)(s, name) : 0; }
static inline int64_t trt_IExecutionContext_getMaxOutputSize(const IExecutionContext *o, const char *tensorName)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 33, 33, 110000, 10500, &s); return f ? ((int64_t (*)(void *, const char *))f)(s, tensorName) : 0; }
static inline bool trt_IExecutionContext_setTemporaryStorageAllocator(const IExecutionContext *o, IGpuAllocator *allocator)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 34, 34, 110000, 10500, &s); return f ? ((bool (*)(void *, IGpuAllocator *))f)(s, allocator) : 0; }
static inline IGpuAllocator *trt_IExecutionContext_getTemporaryStorageAllocator(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 35, 35, 110000, 10500, &s); return f ? ((IGpuAllocator *(*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_enqueueV3(const IExecutionContext *o, struct CUstream_st *stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 36, 36, 110000, 10500, &s); return f ? ((bool (*)(void *, struct CUstream_st *))f)(s, stream) : 0; }
static inline void trt_IExecutionContext_setPersistentCacheLimit(const IExecutionContext *o, size_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 37, 37, 110000, 10500, &s); if (f) ((void (*)(void *, size_t))f)(s, size); }
static inline size_t trt_IExecutionContext_getPersistentCacheLimit(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 38, 38, 110000, 10500, &s); return f ? ((size_t (*)(void *))f)(s) : 0; }
static inline bool trt_IExecutionContext_setNvtxVerbosity(const IExecutionContext *o, int32_t verbosity)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 39, 39, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, verbosity) : 0; }
static inline int32_t trt_IExecutionContext_getNvtxVerbosity(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 40, 40, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IExecutionContext_setAuxStreams(const IExecutionContext *o, struct CUstream_st **auxStreams, int32_t nbStreams)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 41, 41, 110000, 10500, &s); if (f) ((void (*)(void *, struct CUstream_st **, int32_t))f)(s, auxStreams, nbStreams); }
static inline size_t trt_IExecutionContext_updateDeviceMemorySizeForShapes(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 47, 47, 110000, 10500, &s); return f ? ((size_t (*)(void *))f)(s) : 0; }
static inline void trt_IExecutionContext_setDeviceMemoryV2(const IExecutionContext *o, void *memory, int64_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 48, 48, 110000, 10500, &s); if (f) ((void (*)(void *, void *, int64_t))f)(s, memory, size); }
static inline IRuntimeConfig *trt_IExecutionContext_getRuntimeConfig(const IExecutionContext *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 49, 49, 110000, 10500, &s); return f ? ((IRuntimeConfig *(*)(void *))f)(s) : 0; }
static inline bool trt_IEngineInspector_setExecutionContext(const IEngineInspector *o, const IExecutionContext *context)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((bool (*)(void *, const IExecutionContext *))f)(s, context) : 0; }
static inline const IExecutionContext *trt_IEngineInspector_getExecutionContext(const IEngineInspector *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((const IExecutionContext *(*)(void *))f)(s) : 0; }
static inline const char *trt_IEngineInspector_getLayerInformation(const IEngineInspector *o, int32_t layerIndex, int32_t format)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((const char *(*)(void *, int32_t, int32_t))f)(s, layerIndex, format) : 0; }
static inline const char *trt_IEngineInspector_getEngineInformation(const IEngineInspector *o, int32_t format)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((const char *(*)(void *, int32_t))f)(s, format) : 0; }
static inline void trt_IEngineInspector_setErrorRecorder(const IEngineInspector *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_IEngineInspector_getErrorRecorder(const IEngineInspector *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
#define TRT_SLOT_IGpuAsyncAllocator_getAPILanguage 0
#define TRT_RTX_SLOT_IGpuAsyncAllocator_getAPILanguage 0
#define TRT_SLOT_IGpuAsyncAllocator_getInterfaceInfo 1
#define TRT_RTX_SLOT_IGpuAsyncAllocator_getInterfaceInfo 1
#define TRT_SLOT_IGpuAsyncAllocator_allocate 4
#define TRT_RTX_SLOT_IGpuAsyncAllocator_allocate 4
#define TRT_SLOT_IGpuAsyncAllocator_reallocate 5
#define TRT_RTX_SLOT_IGpuAsyncAllocator_reallocate 5
#define TRT_SLOT_IGpuAsyncAllocator_deallocate 6
#define TRT_RTX_SLOT_IGpuAsyncAllocator_deallocate 6
#define TRT_SLOT_IGpuAsyncAllocator_allocateAsync 7
#define TRT_RTX_SLOT_IGpuAsyncAllocator_allocateAsync 7
#define TRT_SLOT_IGpuAsyncAllocator_deallocateAsync 8
#define TRT_RTX_SLOT_IGpuAsyncAllocator_deallocateAsync 8
static inline void trt_ITensor_setName(const ITensor *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_ITensor_getName(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_ITensor_setDimensions(const ITensor *o, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dimensions); }
static inline Dims64 trt_ITensor_getDimensions(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline int32_t trt_ITensor_getType(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_ITensor_isNetworkInput(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_ITensor_isNetworkOutput(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_ITensor_setBroadcastAcrossBatch(const ITensor *o, bool broadcastAcrossBatch)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, -1, 110000, -1, &s); if (f) ((void (*)(void *, bool))f)(s, broadcastAcrossBatch); }
static inline bool trt_ITensor_getBroadcastAcrossBatch(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, -1, 110000, -1, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline int32_t trt_ITensor_getLocation(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, -1, 110000, -1, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ITensor_setLocation(const ITensor *o, int32_t location)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, -1, 110000, -1, &s); if (f) ((void (*)(void *, int32_t))f)(s, location); }
static inline void trt_ITensor_setAllowedFormats(const ITensor *o, uint32_t formats)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 9, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, formats); }
static inline uint32_t trt_ITensor_getAllowedFormats(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 10, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline bool trt_ITensor_isShapeTensor(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 11, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_ITensor_isExecutionTensor(const ITensor *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 12, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_ITensor_setDimensionName(const ITensor *o, int32_t index, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 13, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, const char *))f)(s, index, name); }
static inline const char *trt_ITensor_getDimensionName(const ITensor *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 14, 110000, 10500, &s); return f ? ((const char *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_ILayer_getType(const ILayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ILayer_setName(const ILayer *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_ILayer_getName(const ILayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline int32_t trt_ILayer_getNbInputs(const ILayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_ILayer_getInput(const ILayer *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_ILayer_getNbOutputs(const ILayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_ILayer_getOutput(const ILayer *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline void trt_ILayer_setInput(const ILayer *o, int32_t index, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, ITensor *))f)(s, index, tensor); }
static inline int32_t trt_ILayer_getOutputType(const ILayer *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t))f)(s, index) : 0; }
static inline void trt_ILayer_setMetadata(const ILayer *o, const char *docString)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, docString); }
static inline const char *trt_ILayer_getMetadata(const ILayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IConvolutionLayer_setNbOutputMaps(const IConvolutionLayer *o, int64_t nbOutputMaps)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, nbOutputMaps); }
static inline int64_t trt_IConvolutionLayer_getNbOutputMaps(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline void trt_IConvolutionLayer_setNbGroups(const IConvolutionLayer *o, int64_t nbGroups)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, nbGroups); }
static inline int64_t trt_IConvolutionLayer_getNbGroups(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline void trt_IConvolutionLayer_setKernelWeights(const IConvolutionLayer *o, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, weights); }
static inline Weights trt_IConvolutionLayer_getKernelWeights(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IConvolutionLayer_setBiasWeights(const IConvolutionLayer *o, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, weights); }
static inline Weights trt_IConvolutionLayer_getBiasWeights(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IConvolutionLayer_setPrePadding(const IConvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IConvolutionLayer_getPrePadding(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IConvolutionLayer_setPostPadding(const IConvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 12, 12, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IConvolutionLayer_getPostPadding(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 13, 13, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IConvolutionLayer_setPaddingMode(const IConvolutionLayer *o, int32_t paddingMode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 14, 14, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, paddingMode); }
static inline int32_t trt_IConvolutionLayer_getPaddingMode(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 15, 15, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IConvolutionLayer_setKernelSizeNd(const IConvolutionLayer *o, const Dims64 *kernelSize)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, kernelSize); }
static inline Dims64 trt_IConvolutionLayer_getKernelSizeNd(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 17, 17, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IConvolutionLayer_setStrideNd(const IConvolutionLayer *o, const Dims64 *stride)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 18, 18, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, stride); }
static inline Dims64 trt_IConvolutionLayer_getStrideNd(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 19, 19, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IConvolutionLayer_setPaddingNd(const IConvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 20, 20, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IConvolutionLayer_getPaddingNd(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 21, 21, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IConvolutionLayer_setDilationNd(const IConvolutionLayer *o, const Dims64 *dilation)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 22, 22, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dilation); }
static inline Dims64 trt_IConvolutionLayer_getDilationNd(const IConvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 23, 23, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IActivationLayer_setActivationType(const IActivationLayer *o, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, type); }
static inline int32_t trt_IActivationLayer_getActivationType(const IActivationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IActivationLayer_setAlpha(const IActivationLayer *o, float alpha)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, float))f)(s, alpha); }
static inline void trt_IActivationLayer_setBeta(const IActivationLayer *o, float beta)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, float))f)(s, beta); }
static inline float trt_IActivationLayer_getAlpha(const IActivationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline float trt_IActivationLayer_getBeta(const IActivationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline void trt_IPoolingLayer_setPoolingType(const IPoolingLayer *o, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, type); }
static inline int32_t trt_IPoolingLayer_getPoolingType(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IPoolingLayer_setBlendFactor(const IPoolingLayer *o, float blendFactor)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, float))f)(s, blendFactor); }
static inline float trt_IPoolingLayer_getBlendFactor(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline void trt_IPoolingLayer_setAverageCountExcludesPadding(const IPoolingLayer *o, bool exclusive)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, exclusive); }
static inline bool trt_IPoolingLayer_getAverageCountExcludesPadding(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_IPoolingLayer_setPrePadding(const IPoolingLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IPoolingLayer_getPrePadding(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IPoolingLayer_setPostPadding(const IPoolingLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IPoolingLayer_getPostPadding(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IPoolingLayer_setPaddingMode(const IPoolingLayer *o, int32_t paddingMode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 12, 12, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, paddingMode); }
static inline int32_t trt_IPoolingLayer_getPaddingMode(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 13, 13, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IPoolingLayer_setWindowSizeNd(const IPoolingLayer *o, const Dims64 *windowSize)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 14, 14, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, windowSize); }
static inline Dims64 trt_IPoolingLayer_getWindowSizeNd(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 15, 15, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IPoolingLayer_setStrideNd(const IPoolingLayer *o, const Dims64 *stride)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, stride); }
static inline Dims64 trt_IPoolingLayer_getStrideNd(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 17, 17, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IPoolingLayer_setPaddingNd(const IPoolingLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 18, 18, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IPoolingLayer_getPaddingNd(const IPoolingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 19, 19, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IScaleLayer_setMode(const IScaleLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, mode); }
static inline int32_t trt_IScaleLayer_getMode(const IScaleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IScaleLayer_setShift(const IScaleLayer *o, Weights shift)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, shift); }
static inline Weights trt_IScaleLayer_getShift(const IScaleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IScaleLayer_setScale(const IScaleLayer *o, Weights scale)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, scale); }
static inline Weights trt_IScaleLayer_getScale(const IScaleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IScaleLayer_setPower(const IScaleLayer *o, Weights power)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, power); }
static inline Weights trt_IScaleLayer_getPower(const IScaleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline int32_t trt_IScaleLayer_getChannelAxis(const IScaleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IScaleLayer_setChannelAxis(const IScaleLayer *o, int32_t channelAxis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, channelAxis); }
static inline void trt_ISoftMaxLayer_setAxes(const ISoftMaxLayer *o, uint32_t axes)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, axes); }
static inline uint32_t trt_ISoftMaxLayer_getAxes(const ISoftMaxLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline void trt_IConcatenationLayer_setAxis(const IConcatenationLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IConcatenationLayer_getAxis(const IConcatenationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDeconvolutionLayer_setNbOutputMaps(const IDeconvolutionLayer *o, int64_t nbOutputMaps)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, nbOutputMaps); }
static inline int64_t trt_IDeconvolutionLayer_getNbOutputMaps(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline void trt_IDeconvolutionLayer_setNbGroups(const IDeconvolutionLayer *o, int64_t nbGroups)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, nbGroups); }
static inline int64_t trt_IDeconvolutionLayer_getNbGroups(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline void trt_IDeconvolutionLayer_setKernelWeights(const IDeconvolutionLayer *o, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, weights); }
static inline Weights trt_IDeconvolutionLayer_getKernelWeights(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IDeconvolutionLayer_setBiasWeights(const IDeconvolutionLayer *o, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, weights); }
static inline Weights trt_IDeconvolutionLayer_getBiasWeights(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IDeconvolutionLayer_setPrePadding(const IDeconvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IDeconvolutionLayer_getPrePadding(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDeconvolutionLayer_setPostPadding(const IDeconvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 12, 12, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IDeconvolutionLayer_getPostPadding(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 13, 13, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDeconvolutionLayer_setPaddingMode(const IDeconvolutionLayer *o, int32_t paddingMode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 14, 14, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, paddingMode); }
static inline int32_t trt_IDeconvolutionLayer_getPaddingMode(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 15, 15, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDeconvolutionLayer_setKernelSizeNd(const IDeconvolutionLayer *o, const Dims64 *kernelSize)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, kernelSize); }
static inline Dims64 trt_IDeconvolutionLayer_getKernelSizeNd(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 17, 17, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDeconvolutionLayer_setStrideNd(const IDeconvolutionLayer *o, const Dims64 *stride)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 18, 18, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, stride); }
static inline Dims64 trt_IDeconvolutionLayer_getStrideNd(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 19, 19, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDeconvolutionLayer_setPaddingNd(const IDeconvolutionLayer *o, const Dims64 *padding)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 20, 20, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, padding); }
static inline Dims64 trt_IDeconvolutionLayer_getPaddingNd(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 21, 21, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDeconvolutionLayer_setDilationNd(const IDeconvolutionLayer *o, const Dims64 *dilation)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 22, 22, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dilation); }
static inline Dims64 trt_IDeconvolutionLayer_getDilationNd(const IDeconvolutionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 23, 23, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IElementWiseLayer_setOperation(const IElementWiseLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, op); }
static inline int32_t trt_IElementWiseLayer_getOperation(const IElementWiseLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IGatherLayer_setGatherAxis(const IGatherLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IGatherLayer_getGatherAxis(const IGatherLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IGatherLayer_setNbElementWiseDims(const IGatherLayer *o, int32_t k)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, k); }
static inline int32_t trt_IGatherLayer_getNbElementWiseDims(const IGatherLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IGatherLayer_setMode(const IGatherLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, mode); }
static inline int32_t trt_IGatherLayer_getMode(const IGatherLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IUnaryLayer_setOperation(const IUnaryLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, op); }
static inline int32_t trt_IUnaryLayer_getOperation(const IUnaryLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IReduceLayer_setOperation(const IReduceLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, op); }
static inline int32_t trt_IReduceLayer_getOperation(const IReduceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IReduceLayer_setReduceAxes(const IReduceLayer *o, uint32_t reduceAxes)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, reduceAxes); }
static inline uint32_t trt_IReduceLayer_getReduceAxes(const IReduceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline void trt_IReduceLayer_setKeepDimensions(const IReduceLayer *o, bool keepDimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, keepDimensions); }
static inline bool trt_IReduceLayer_getKeepDimensions(const IReduceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_IShuffleLayer_setFirstTranspose(const IShuffleLayer *o, const Permutation *permutation)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const Permutation *))f)(s, permutation); }
static inline const Permutation *trt_IShuffleLayer_getFirstTranspose(const IShuffleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((const Permutation *(*)(void *))f)(s) : 0; }
static inline void trt_IShuffleLayer_setReshapeDimensions(const IShuffleLayer *o, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dimensions); }
static inline Dims64 trt_IShuffleLayer_getReshapeDimensions(const IShuffleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IShuffleLayer_setSecondTranspose(const IShuffleLayer *o, const Permutation *permutation)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, const Permutation *))f)(s, permutation); }
static inline const Permutation *trt_IShuffleLayer_getSecondTranspose(const IShuffleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((const Permutation *(*)(void *))f)(s) : 0; }
static inline void trt_IShuffleLayer_setZeroIsPlaceholder(const IShuffleLayer *o, bool zeroIsPlaceholder)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, zeroIsPlaceholder); }
static inline bool trt_IShuffleLayer_getZeroIsPlaceholder(const IShuffleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_ISliceLayer_setStart(const ISliceLayer *o, const Dims64 *start)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, start); }
static inline Dims64 trt_ISliceLayer_getStart(const ISliceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_ISliceLayer_setSize(const ISliceLayer *o, const Dims64 *size)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, size); }
static inline Dims64 trt_ISliceLayer_getSize(const ISliceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_ISliceLayer_setStride(const ISliceLayer *o, const Dims64 *stride)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, stride); }
static inline Dims64 trt_ISliceLayer_getStride(const ISliceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_ISliceLayer_setMode(const ISliceLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, mode); }
static inline int32_t trt_ISliceLayer_getMode(const ISliceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ISliceLayer_setAxes(const ISliceLayer *o, const Dims64 *axes)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, axes); }
static inline Dims64 trt_ISliceLayer_getAxes(const ISliceLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_ITopKLayer_setOperation(const ITopKLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, op); }
static inline int32_t trt_ITopKLayer_getOperation(const ITopKLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ITopKLayer_setK(const ITopKLayer *o, int32_t k)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, k); }
static inline int32_t trt_ITopKLayer_getK(const ITopKLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ITopKLayer_setReduceAxes(const ITopKLayer *o, uint32_t reduceAxes)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, reduceAxes); }
static inline uint32_t trt_ITopKLayer_getReduceAxes(const ITopKLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline bool trt_ITopKLayer_setIndicesType(const ITopKLayer *o, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, type) : 0; }
static inline int32_t trt_ITopKLayer_getIndicesType(const ITopKLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IMatrixMultiplyLayer_setOperation(const IMatrixMultiplyLayer *o, int32_t index, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, int32_t))f)(s, index, op); }
static inline int32_t trt_IMatrixMultiplyLayer_getOperation(const IMatrixMultiplyLayer *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t))f)(s, index) : 0; }
static inline bool trt_INonZeroLayer_setIndicesType(const INonZeroLayer *o, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, type) : 0; }
static inline int32_t trt_INonZeroLayer_getIndicesType(const INonZeroLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ICastLayer_setToType(const ICastLayer *o, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, toType); }
static inline int32_t trt_ICastLayer_getToType(const ICastLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IConstantLayer_setWeights(const IConstantLayer *o, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, Weights))f)(s, weights); }
static inline Weights trt_IConstantLayer_getWeights(const IConstantLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((Weights (*)(void *))f)(s) : (Weights){0}; }
static inline void trt_IConstantLayer_setDimensions(const IConstantLayer *o, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dimensions); }
static inline Dims64 trt_IConstantLayer_getDimensions(const IConstantLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IResizeLayer_setOutputDimensions(const IResizeLayer *o, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dimensions); }
static inline Dims64 trt_IResizeLayer_getOutputDimensions(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IResizeLayer_setScales(const IResizeLayer *o, const float *scales, int32_t nbScales)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, const float *, int32_t))f)(s, scales, nbScales); }
static inline int32_t trt_IResizeLayer_getScales(const IResizeLayer *o, int32_t size, float *scales)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *, int32_t, float *))f)(s, size, scales) : 0; }
static inline void trt_IResizeLayer_setResizeMode(const IResizeLayer *o, int32_t interpolationMode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, interpolationMode); }
static inline int32_t trt_IResizeLayer_getResizeMode(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IResizeLayer_setCoordinateTransformation(const IResizeLayer *o, int32_t coordTransform)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, coordTransform); }
static inline int32_t trt_IResizeLayer_getCoordinateTransformation(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IResizeLayer_setSelectorForSinglePixel(const IResizeLayer *o, int32_t selector)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, selector); }
static inline int32_t trt_IResizeLayer_getSelectorForSinglePixel(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IResizeLayer_setNearestRounding(const IResizeLayer *o, int32_t value)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 12, 12, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, value); }
static inline int32_t trt_IResizeLayer_getNearestRounding(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 13, 13, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IResizeLayer_setCubicCoeff(const IResizeLayer *o, float value)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 14, 14, 110000, 10500, &s); if (f) ((void (*)(void *, float))f)(s, value); }
static inline float trt_IResizeLayer_getCubicCoeff(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 15, 15, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline void trt_IResizeLayer_setExcludeOutside(const IResizeLayer *o, bool value)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, value); }
static inline bool trt_IResizeLayer_getExcludeOutside(const IResizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 17, 17, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline ILoop *trt_ILoopBoundaryLayer_getLoop(const ILoopBoundaryLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((ILoop *(*)(void *))f)(s) : 0; }
static inline IIfConditional *trt_IIfConditionalBoundaryLayer_getConditional(const IIfConditionalBoundaryLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((IIfConditional *(*)(void *))f)(s) : 0; }
static inline IConditionLayer *trt_IIfConditional_setCondition(const IIfConditional *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((IConditionLayer *(*)(void *, ITensor *))f)(s, tensor) : 0; }
static inline IIfConditionalInputLayer *trt_IIfConditional_addInput(const IIfConditional *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((IIfConditionalInputLayer *(*)(void *, ITensor *))f)(s, tensor) : 0; }
static inline IIfConditionalOutputLayer *trt_IIfConditional_addOutput(const IIfConditional *o, ITensor *trueTensor, ITensor *falseTensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((IIfConditionalOutputLayer *(*)(void *, ITensor *, ITensor *))f)(s, trueTensor, falseTensor) : 0; }
static inline void trt_IIfConditional_setName(const IIfConditional *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_IIfConditional_getName(const IIfConditional *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline int32_t trt_ILoopOutputLayer_getLoopOutput(const ILoopOutputLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ILoopOutputLayer_setAxis(const ILoopOutputLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_ILoopOutputLayer_getAxis(const ILoopOutputLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_ITripLimitLayer_getTripLimit(const ITripLimitLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IIteratorLayer_setAxis(const IIteratorLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IIteratorLayer_getAxis(const IIteratorLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IIteratorLayer_setReverse(const IIteratorLayer *o, bool reverse)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, reverse); }
static inline bool trt_IIteratorLayer_getReverse(const IIteratorLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 24, 5, 5, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline IRecurrenceLayer *trt_ILoop_addRecurrence(const ILoop *o, ITensor *initialValue)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((IRecurrenceLayer *(*)(void *, ITensor *))f)(s, initialValue) : 0; }
static inline ITripLimitLayer *trt_ILoop_addTripLimit(const ILoop *o, ITensor *tensor, int32_t limit)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((ITripLimitLayer *(*)(void *, ITensor *, int32_t))f)(s, tensor, limit) : 0; }
static inline IIteratorLayer *trt_ILoop_addIterator(const ILoop *o, ITensor *tensor, int32_t axis, bool reverse)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((IIteratorLayer *(*)(void *, ITensor *, int32_t, bool))f)(s, tensor, axis, reverse) : 0; }
static inline ILoopOutputLayer *trt_ILoop_addLoopOutput(const ILoop *o, ITensor *tensor, int32_t outputKind, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((ILoopOutputLayer *(*)(void *, ITensor *, int32_t, int32_t))f)(s, tensor, outputKind, axis) : 0; }
static inline void trt_ILoop_setName(const ILoop *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_ILoop_getName(const ILoop *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IAssertionLayer_setMessage(const IAssertionLayer *o, const char *message)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, message); }
static inline const char *trt_IAssertionLayer_getMessage(const IAssertionLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setDimensions(const IFillLayer *o, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, dimensions); }
static inline Dims64 trt_IFillLayer_getDimensions(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IFillLayer_setOperation(const IFillLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, op); }
static inline int32_t trt_IFillLayer_getOperation(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setAlpha(const IFillLayer *o, double alpha)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, double))f)(s, alpha); }
static inline double trt_IFillLayer_getAlpha(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((double (*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setBeta(const IFillLayer *o, double beta)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, double))f)(s, beta); }
static inline double trt_IFillLayer_getBeta(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); return f ? ((double (*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setAlphaInt64(const IFillLayer *o, int64_t alpha)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, alpha); }
static inline int64_t trt_IFillLayer_getAlphaInt64(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setBetaInt64(const IFillLayer *o, int64_t beta)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 12, 12, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, beta); }
static inline int64_t trt_IFillLayer_getBetaInt64(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 13, 13, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline bool trt_IFillLayer_isAlphaBetaInt64(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 14, 14, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline int32_t trt_IFillLayer_getToType(const IFillLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 15, 15, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IFillLayer_setToType(const IFillLayer *o, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, toType); }
static inline int32_t trt_IQuantizeLayer_getAxis(const IQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IQuantizeLayer_setAxis(const IQuantizeLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IQuantizeLayer_getToType(const IQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IQuantizeLayer_setToType(const IQuantizeLayer *o, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, toType); }
static inline Dims64 trt_IQuantizeLayer_getBlockShape(const IQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline bool trt_IQuantizeLayer_setBlockShape(const IQuantizeLayer *o, const Dims64 *blockShape)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *, const Dims64 *))f)(s, blockShape) : 0; }
static inline int32_t trt_IDequantizeLayer_getAxis(const IDequantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDequantizeLayer_setAxis(const IDequantizeLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IDequantizeLayer_getToType(const IDequantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDequantizeLayer_setToType(const IDequantizeLayer *o, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, toType); }
static inline Dims64 trt_IDequantizeLayer_getBlockShape(const IDequantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline bool trt_IDequantizeLayer_setBlockShape(const IDequantizeLayer *o, const Dims64 *blockShape)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *, const Dims64 *))f)(s, blockShape) : 0; }
static inline int32_t trt_IDynamicQuantizeLayer_getAxis(const IDynamicQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDynamicQuantizeLayer_setAxis(const IDynamicQuantizeLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IDynamicQuantizeLayer_getBlockSize(const IDynamicQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDynamicQuantizeLayer_setBlockSize(const IDynamicQuantizeLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IDynamicQuantizeLayer_getScaleType(const IDynamicQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDynamicQuantizeLayer_setScaleType(const IDynamicQuantizeLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IDynamicQuantizeLayer_getToType(const IDynamicQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IDynamicQuantizeLayer_setToType(const IDynamicQuantizeLayer *o, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 9, 9, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, toType); }
static inline Dims64 trt_IDynamicQuantizeLayer_getBlockShape(const IDynamicQuantizeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 10, 10, 110000, 10500, &s); return f ? ((Dims64 (*)(void *))f)(s) : (Dims64){0}; }
static inline void trt_IDynamicQuantizeLayer_setBlockShape(const IDynamicQuantizeLayer *o, const Dims64 *blockShape)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 11, 11, 110000, 10500, &s); if (f) ((void (*)(void *, const Dims64 *))f)(s, blockShape); }
static inline bool trt_IEinsumLayer_setEquation(const IEinsumLayer *o, const char *equation)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, equation) : 0; }
static inline const char *trt_IEinsumLayer_getEquation(const IEinsumLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IScatterLayer_setMode(const IScatterLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, mode); }
static inline int32_t trt_IScatterLayer_getMode(const IScatterLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IScatterLayer_setAxis(const IScatterLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline int32_t trt_IScatterLayer_getAxis(const IScatterLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_IOneHotLayer_getAxis(const IOneHotLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IOneHotLayer_setAxis(const IOneHotLayer *o, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, axis); }
static inline void trt_IGridSampleLayer_setInterpolationMode(const IGridSampleLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, mode); }
static inline int32_t trt_IGridSampleLayer_getInterpolationMode(const IGridSampleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IGridSampleLayer_setAlignCorners(const IGridSampleLayer *o, bool alignCorners)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, alignCorners); }
static inline bool trt_IGridSampleLayer_getAlignCorners(const IGridSampleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IGridSampleLayer_setSampleMode(const IGridSampleLayer *o, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, mode) : 0; }
static inline int32_t trt_IGridSampleLayer_getSampleMode(const IGridSampleLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_INormalizationLayer_setEpsilon(const INormalizationLayer *o, float eps)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, float))f)(s, eps); }
static inline float trt_INormalizationLayer_getEpsilon(const INormalizationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((float (*)(void *))f)(s) : 0; }
static inline void trt_INormalizationLayer_setAxes(const INormalizationLayer *o, uint32_t axesMask)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, axesMask); }
static inline uint32_t trt_INormalizationLayer_getAxes(const INormalizationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline void trt_INormalizationLayer_setNbGroups(const INormalizationLayer *o, int64_t nbGroups)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, int64_t))f)(s, nbGroups); }
static inline int64_t trt_INormalizationLayer_getNbGroups(const INormalizationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline bool trt_INormalizationLayer_isV2(const INormalizationLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 8, 8, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_ICumulativeLayer_setOperation(const ICumulativeLayer *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, op) : 0; }
static inline int32_t trt_ICumulativeLayer_getOperation(const ICumulativeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_ICumulativeLayer_setExclusive(const ICumulativeLayer *o, bool exclusive)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, exclusive); }
static inline bool trt_ICumulativeLayer_getExclusive(const ICumulativeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline void trt_ICumulativeLayer_setReverse(const ICumulativeLayer *o, bool reverse)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, reverse); }
static inline bool trt_ICumulativeLayer_getReverse(const ICumulativeLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline IAttention *trt_IAttentionBoundaryLayer_getAttention(const IAttentionBoundaryLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((IAttention *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setInput(const IAttention *o, int32_t index, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t, ITensor *))f)(s, index, input) : 0; }
static inline int32_t trt_IAttention_getNbInputs(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_IAttention_getInput(const IAttention *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_IAttention_getNbOutputs(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_IAttention_getOutput(const IAttention *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline bool trt_IAttention_setName(const IAttention *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, name) : 0; }
static inline const char *trt_IAttention_getName(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setNormalizationOperation(const IAttention *o, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, op) : 0; }
static inline int32_t trt_IAttention_getNormalizationOperation(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setCausal(const IAttention *o, bool isCausal)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((bool (*)(void *, bool))f)(s, isCausal) : 0; }
static inline bool trt_IAttention_getCausal(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setMask(const IAttention *o, ITensor *mask)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, mask) : 0; }
static inline ITensor *trt_IAttention_getMask(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((ITensor *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setDecomposable(const IAttention *o, bool decomposable)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((bool (*)(void *, bool))f)(s, decomposable) : 0; }
static inline bool trt_IAttention_getDecomposable(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setNormalizationQuantizeScale(const IAttention *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, tensor) : 0; }
static inline ITensor *trt_IAttention_getNormalizationQuantizeScale(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); return f ? ((ITensor *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setNormalizationQuantizeToType(const IAttention *o, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, type) : 0; }
static inline int32_t trt_IAttention_getNormalizationQuantizeToType(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setMetadata(const IAttention *o, const char *docString)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, docString) : 0; }
static inline const char *trt_IAttention_getMetadata(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setCausalKind(const IAttention *o, int32_t kind)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 25, 25, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, kind) : 0; }
static inline int32_t trt_IAttention_getCausalKind(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 26, 26, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setQueryForm(const IAttention *o, int32_t form)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 27, 27, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, form) : 0; }
static inline int32_t trt_IAttention_getQueryForm(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 28, 28, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setKeyValueForm(const IAttention *o, int32_t form)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 29, 29, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, form) : 0; }
static inline int32_t trt_IAttention_getKeyValueForm(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 30, 30, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setQueryLengths(const IAttention *o, ITensor *lengths)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 31, 31, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, lengths) : 0; }
static inline ITensor *trt_IAttention_getQueryLengths(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 32, 32, 110000, 10500, &s); return f ? ((ITensor *(*)(void *))f)(s) : 0; }
static inline bool trt_IAttention_setKeyValueLengths(const IAttention *o, ITensor *lengths)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 33, 33, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, lengths) : 0; }
static inline ITensor *trt_IAttention_getKeyValueLengths(const IAttention *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 34, 34, 110000, 10500, &s); return f ? ((ITensor *(*)(void *))f)(s) : 0; }
static inline void trt_IRotaryEmbeddingLayer_setInterleaved(const IRotaryEmbeddingLayer *o, bool interleaved)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, bool))f)(s, interleaved); }
static inline bool trt_IRotaryEmbeddingLayer_getInterleaved(const IRotaryEmbeddingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_IRotaryEmbeddingLayer_setRotaryEmbeddingDim(const IRotaryEmbeddingLayer *o, int32_t rotaryEmbeddingDim)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, rotaryEmbeddingDim) : 0; }
static inline int32_t trt_IRotaryEmbeddingLayer_getRotaryEmbeddingDim(const IRotaryEmbeddingLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IRotaryEmbeddingLayer_setInput(const IRotaryEmbeddingLayer *o, int32_t index, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, ITensor *))f)(s, index, input); }
static inline bool trt_IKVCacheUpdateLayer_setCacheMode(const IKVCacheUpdateLayer *o, int32_t cacheMode)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 2, 2, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, cacheMode) : 0; }
static inline int32_t trt_IKVCacheUpdateLayer_getCacheMode(const IKVCacheUpdateLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IKVCacheUpdateLayer_setUpdateForm(const IKVCacheUpdateLayer *o, int32_t form)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 4, 4, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, form) : 0; }
static inline int32_t trt_IKVCacheUpdateLayer_getUpdateForm(const IKVCacheUpdateLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IKVCacheUpdateLayer_setUpdateLengths(const IKVCacheUpdateLayer *o, ITensor *lengths)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 6, 6, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, lengths) : 0; }
static inline ITensor *trt_IKVCacheUpdateLayer_getUpdateLengths(const IKVCacheUpdateLayer *o)
{ void *s = NULL; trt_fn f = trt_method(o, 16, 7, 7, 110000, 10500, &s); return f ? ((ITensor *(*)(void *))f)(s) : 0; }
static inline ITensor *trt_INetworkDefinition_addInput(const INetworkDefinition *o, const char *name, int32_t type, const Dims64 *dimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, const char *, int32_t, const Dims64 *))f)(s, name, type, dimensions) : 0; }
static inline void trt_INetworkDefinition_markOutput(const INetworkDefinition *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); if (f) ((void (*)(void *, ITensor *))f)(s, tensor); }
static inline IActivationLayer *trt_INetworkDefinition_addActivation(const INetworkDefinition *o, ITensor *input, int32_t type)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); return f ? ((IActivationLayer *(*)(void *, ITensor *, int32_t))f)(s, input, type) : 0; }
static inline IScaleLayer *trt_INetworkDefinition_addScale(const INetworkDefinition *o, ITensor *input, int32_t mode, Weights shift, Weights scale, Weights power)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((IScaleLayer *(*)(void *, ITensor *, int32_t, Weights, Weights, Weights))f)(s, input, mode, shift, scale, power) : 0; }
static inline ISoftMaxLayer *trt_INetworkDefinition_addSoftMax(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((ISoftMaxLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline IConcatenationLayer *trt_INetworkDefinition_addConcatenation(const INetworkDefinition *o, ITensor * const *inputs, int32_t nbInputs)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); return f ? ((IConcatenationLayer *(*)(void *, ITensor * const *, int32_t))f)(s, inputs, nbInputs) : 0; }
static inline IElementWiseLayer *trt_INetworkDefinition_addElementWise(const INetworkDefinition *o, ITensor *input1, ITensor *input2, int32_t op)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((IElementWiseLayer *(*)(void *, ITensor *, ITensor *, int32_t))f)(s, input1, input2, op) : 0; }
static inline IUnaryLayer *trt_INetworkDefinition_addUnary(const INetworkDefinition *o, ITensor *input, int32_t operation)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((IUnaryLayer *(*)(void *, ITensor *, int32_t))f)(s, input, operation) : 0; }
static inline IShuffleLayer *trt_INetworkDefinition_addShuffle(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((IShuffleLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline int32_t trt_INetworkDefinition_getNbLayers(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ILayer *trt_INetworkDefinition_getLayer(const INetworkDefinition *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((ILayer *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_INetworkDefinition_getNbInputs(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_INetworkDefinition_getInput(const INetworkDefinition *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline int32_t trt_INetworkDefinition_getNbOutputs(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline ITensor *trt_INetworkDefinition_getOutput(const INetworkDefinition *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); return f ? ((ITensor *(*)(void *, int32_t))f)(s, index) : 0; }
static inline IReduceLayer *trt_INetworkDefinition_addReduce(const INetworkDefinition *o, ITensor *input, int32_t operation, uint32_t reduceAxes, bool keepDimensions)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); return f ? ((IReduceLayer *(*)(void *, ITensor *, int32_t, uint32_t, bool))f)(s, input, operation, reduceAxes, keepDimensions) : 0; }
static inline ITopKLayer *trt_INetworkDefinition_addTopK(const INetworkDefinition *o, ITensor *input, int32_t op, int32_t k, uint32_t reduceAxes)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); return f ? ((ITopKLayer *(*)(void *, ITensor *, int32_t, int32_t, uint32_t))f)(s, input, op, k, reduceAxes) : 0; }
static inline IGatherLayer *trt_INetworkDefinition_addGather(const INetworkDefinition *o, ITensor *data, ITensor *indices, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); return f ? ((IGatherLayer *(*)(void *, ITensor *, ITensor *, int32_t))f)(s, data, indices, axis) : 0; }
static inline IMatrixMultiplyLayer *trt_INetworkDefinition_addMatrixMultiply(const INetworkDefinition *o, ITensor *input0, int32_t op0, ITensor *input1, int32_t op1)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((IMatrixMultiplyLayer *(*)(void *, ITensor *, int32_t, ITensor *, int32_t))f)(s, input0, op0, input1, op1) : 0; }
static inline IConstantLayer *trt_INetworkDefinition_addConstant(const INetworkDefinition *o, const Dims64 *dimensions, Weights weights)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 23, 23, 110000, 10500, &s); return f ? ((IConstantLayer *(*)(void *, const Dims64 *, Weights))f)(s, dimensions, weights) : 0; }
static inline IIdentityLayer *trt_INetworkDefinition_addIdentity(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 24, 24, 110000, 10500, &s); return f ? ((IIdentityLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline void trt_INetworkDefinition_removeTensor(const INetworkDefinition *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 25, 25, 110000, 10500, &s); if (f) ((void (*)(void *, ITensor *))f)(s, tensor); }
static inline void trt_INetworkDefinition_unmarkOutput(const INetworkDefinition *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 26, 26, 110000, 10500, &s); if (f) ((void (*)(void *, ITensor *))f)(s, tensor); }
static inline ISliceLayer *trt_INetworkDefinition_addSlice(const INetworkDefinition *o, ITensor *input, const Dims64 *start, const Dims64 *size, const Dims64 *stride)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 29, 27, 110000, 10500, &s); return f ? ((ISliceLayer *(*)(void *, ITensor *, const Dims64 *, const Dims64 *, const Dims64 *))f)(s, input, start, size, stride) : 0; }
static inline void trt_INetworkDefinition_setName(const INetworkDefinition *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 30, 28, 110000, 10500, &s); if (f) ((void (*)(void *, const char *))f)(s, name); }
static inline const char *trt_INetworkDefinition_getName(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 31, 29, 110000, 10500, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline IShapeLayer *trt_INetworkDefinition_addShape(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 32, 30, 110000, 10500, &s); return f ? ((IShapeLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline bool trt_INetworkDefinition_hasImplicitBatchDimension(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 33, 31, 110000, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_INetworkDefinition_markOutputForShapes(const INetworkDefinition *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 34, 32, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, tensor) : 0; }
static inline bool trt_INetworkDefinition_unmarkOutputForShapes(const INetworkDefinition *o, ITensor *tensor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 35, 33, 110000, 10500, &s); return f ? ((bool (*)(void *, ITensor *))f)(s, tensor) : 0; }
static inline IParametricReLULayer *trt_INetworkDefinition_addParametricReLU(const INetworkDefinition *o, ITensor *input, ITensor *slope)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 36, 34, 110000, 10500, &s); return f ? ((IParametricReLULayer *(*)(void *, ITensor *, ITensor *))f)(s, input, slope) : 0; }
static inline IConvolutionLayer *trt_INetworkDefinition_addConvolutionNd(const INetworkDefinition *o, ITensor *input, int64_t nbOutputMaps, const Dims64 *kernelSize, Weights kernelWeights, Weights biasWeights)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 37, 35, 110000, 10500, &s); return f ? ((IConvolutionLayer *(*)(void *, ITensor *, int64_t, const Dims64 *, Weights, Weights))f)(s, input, nbOutputMaps, kernelSize, kernelWeights, biasWeights) : 0; }
static inline IPoolingLayer *trt_INetworkDefinition_addPoolingNd(const INetworkDefinition *o, ITensor *input, int32_t type, const Dims64 *windowSize)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 38, 36, 110000, 10500, &s); return f ? ((IPoolingLayer *(*)(void *, ITensor *, int32_t, const Dims64 *))f)(s, input, type, windowSize) : 0; }
static inline IDeconvolutionLayer *trt_INetworkDefinition_addDeconvolutionNd(const INetworkDefinition *o, ITensor *input, int64_t nbOutputMaps, const Dims64 *kernelSize, Weights kernelWeights, Weights biasWeights)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 39, 37, 110000, 10500, &s); return f ? ((IDeconvolutionLayer *(*)(void *, ITensor *, int64_t, const Dims64 *, Weights, Weights))f)(s, input, nbOutputMaps, kernelSize, kernelWeights, biasWeights) : 0; }
static inline IScaleLayer *trt_INetworkDefinition_addScaleNd(const INetworkDefinition *o, ITensor *input, int32_t mode, Weights shift, Weights scale, Weights power, int32_t channelAxis)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 40, 38, 110000, 10500, &s); return f ? ((IScaleLayer *(*)(void *, ITensor *, int32_t, Weights, Weights, Weights, int32_t))f)(s, input, mode, shift, scale, power, channelAxis) : 0; }
static inline IResizeLayer *trt_INetworkDefinition_addResize(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 41, 39, 110000, 10500, &s); return f ? ((IResizeLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline ILoop *trt_INetworkDefinition_addLoop(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 42, 40, 110000, 10500, &s); return f ? ((ILoop *(*)(void *))f)(s) : 0; }
static inline ISelectLayer *trt_INetworkDefinition_addSelect(const INetworkDefinition *o, ITensor *condition, ITensor *thenInput, ITensor *elseInput)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 43, 41, 110000, 10500, &s); return f ? ((ISelectLayer *(*)(void *, ITensor *, ITensor *, ITensor *))f)(s, condition, thenInput, elseInput) : 0; }
static inline bool trt_INetworkDefinition_setWeightsName(const INetworkDefinition *o, Weights weights, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 45, 43, 110000, 10500, &s); return f ? ((bool (*)(void *, Weights, const char *))f)(s, weights, name) : 0; }
static inline void trt_INetworkDefinition_setErrorRecorder(const INetworkDefinition *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 46, 44, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_INetworkDefinition_getErrorRecorder(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 47, 45, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline IGatherLayer *trt_INetworkDefinition_addGatherV2(const INetworkDefinition *o, ITensor *data, ITensor *indices, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 48, 46, 110000, 10500, &s); return f ? ((IGatherLayer *(*)(void *, ITensor *, ITensor *, int32_t))f)(s, data, indices, mode) : 0; }
static inline IIfConditional *trt_INetworkDefinition_addIfConditional(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 49, 47, 110000, 10500, &s); return f ? ((IIfConditional *(*)(void *))f)(s) : 0; }
static inline IScatterLayer *trt_INetworkDefinition_addScatter(const INetworkDefinition *o, ITensor *data, ITensor *indices, ITensor *updates, int32_t mode)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 50, 48, 110000, 10500, &s); return f ? ((IScatterLayer *(*)(void *, ITensor *, ITensor *, ITensor *, int32_t))f)(s, data, indices, updates, mode) : 0; }
static inline IEinsumLayer *trt_INetworkDefinition_addEinsum(const INetworkDefinition *o, ITensor * const *inputs, int32_t nbInputs, const char *equation)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 51, 49, 110000, 10500, &s); return f ? ((IEinsumLayer *(*)(void *, ITensor * const *, int32_t, const char *))f)(s, inputs, nbInputs, equation) : 0; }
static inline IAssertionLayer *trt_INetworkDefinition_addAssertion(const INetworkDefinition *o, ITensor *condition, const char *message)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 52, 50, 110000, 10500, &s); return f ? ((IAssertionLayer *(*)(void *, ITensor *, const char *))f)(s, condition, message) : 0; }
static inline IOneHotLayer *trt_INetworkDefinition_addOneHot(const INetworkDefinition *o, ITensor *indices, ITensor *values, ITensor *depth, int32_t axis)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 53, 51, 110000, 10500, &s); return f ? ((IOneHotLayer *(*)(void *, ITensor *, ITensor *, ITensor *, int32_t))f)(s, indices, values, depth, axis) : 0; }
static inline INonZeroLayer *trt_INetworkDefinition_addNonZero(const INetworkDefinition *o, ITensor *input)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 54, 52, 110000, 10500, &s); return f ? ((INonZeroLayer *(*)(void *, ITensor *))f)(s, input) : 0; }
static inline IGridSampleLayer *trt_INetworkDefinition_addGridSample(const INetworkDefinition *o, ITensor *input, ITensor *grid)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 55, 53, 110000, 10500, &s); return f ? ((IGridSampleLayer *(*)(void *, ITensor *, ITensor *))f)(s, input, grid) : 0; }
static inline INormalizationLayer *trt_INetworkDefinition_addNormalization(const INetworkDefinition *o, ITensor *input, ITensor *scale, ITensor *bias, uint32_t axesMask)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 58, 56, 110000, 10500, &s); return f ? ((INormalizationLayer *(*)(void *, ITensor *, ITensor *, ITensor *, uint32_t))f)(s, input, scale, bias, axesMask) : 0; }
static inline ICastLayer *trt_INetworkDefinition_addCast(const INetworkDefinition *o, ITensor *input, int32_t toType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 59, 57, 110000, 10500, &s); return f ? ((ICastLayer *(*)(void *, ITensor *, int32_t))f)(s, input, toType) : 0; }
static inline IBuilder *trt_INetworkDefinition_getBuilder(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 60, 58, 110000, 10500, &s); return f ? ((IBuilder *(*)(void *))f)(s) : 0; }
static inline uint32_t trt_INetworkDefinition_getFlags(const INetworkDefinition *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 61, 59, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline bool trt_INetworkDefinition_getFlag(const INetworkDefinition *o, int32_t networkDefinitionCreationFlag)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 62, 60, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, networkDefinitionCreationFlag) : 0; }
static inline IQuantizeLayer *trt_INetworkDefinition_addQuantizeV2(const INetworkDefinition *o, ITensor *input, ITensor *scale, int32_t outputType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 63, 61, 110000, 10500, &s); return f ? ((IQuantizeLayer *(*)(void *, ITensor *, ITensor *, int32_t))f)(s, input, scale, outputType) : 0; }
static inline IDequantizeLayer *trt_INetworkDefinition_addDequantizeV2(const INetworkDefinition *o, ITensor *input, ITensor *scale, int32_t outputType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 64, 62, 110000, 10500, &s); return f ? ((IDequantizeLayer *(*)(void *, ITensor *, ITensor *, int32_t))f)(s, input, scale, outputType) : 0; }
static inline IFillLayer *trt_INetworkDefinition_addFillV2(const INetworkDefinition *o, const Dims64 *dimensions, int32_t op, int32_t outputType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 65, 63, 110000, 10500, &s); return f ? ((IFillLayer *(*)(void *, const Dims64 *, int32_t, int32_t))f)(s, dimensions, op, outputType) : 0; }
static inline bool trt_INetworkDefinition_markWeightsRefittable(const INetworkDefinition *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 69, 67, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, name) : 0; }
static inline bool trt_INetworkDefinition_unmarkWeightsRefittable(const INetworkDefinition *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 70, 68, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, name) : 0; }
static inline bool trt_INetworkDefinition_areWeightsMarkedRefittable(const INetworkDefinition *o, const char *name)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 71, 69, 110000, 10500, &s); return f ? ((bool (*)(void *, const char *))f)(s, name) : 0; }
static inline ISqueezeLayer *trt_INetworkDefinition_addSqueeze(const INetworkDefinition *o, ITensor *input, ITensor *axes)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 72, 70, 110000, 10500, &s); return f ? ((ISqueezeLayer *(*)(void *, ITensor *, ITensor *))f)(s, input, axes) : 0; }
static inline IUnsqueezeLayer *trt_INetworkDefinition_addUnsqueeze(const INetworkDefinition *o, ITensor *input, ITensor *axes)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 73, 71, 110000, 10500, &s); return f ? ((IUnsqueezeLayer *(*)(void *, ITensor *, ITensor *))f)(s, input, axes) : 0; }
static inline IDynamicQuantizeLayer *trt_INetworkDefinition_addDynamicQuantize(const INetworkDefinition *o, ITensor *input, int32_t axis, int32_t blockSize, int32_t toType, int32_t scaleType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 74, 72, 110000, 10500, &s); return f ? ((IDynamicQuantizeLayer *(*)(void *, ITensor *, int32_t, int32_t, int32_t, int32_t))f)(s, input, axis, blockSize, toType, scaleType) : 0; }
static inline ICumulativeLayer *trt_INetworkDefinition_addCumulative(const INetworkDefinition *o, ITensor *input, ITensor *axis, int32_t operation, bool exclusive, bool reverse)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 75, 73, 110000, 10500, &s); return f ? ((ICumulativeLayer *(*)(void *, ITensor *, ITensor *, int32_t, bool, bool))f)(s, input, axis, operation, exclusive, reverse) : 0; }
static inline ITopKLayer *trt_INetworkDefinition_addTopKV2(const INetworkDefinition *o, ITensor *input, int32_t op, int32_t k, uint32_t reduceAxes, int32_t indicesType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 78, 76, 110000, 10500, &s); return f ? ((ITopKLayer *(*)(void *, ITensor *, int32_t, int32_t, uint32_t, int32_t))f)(s, input, op, k, reduceAxes, indicesType) : 0; }
static inline INonZeroLayer *trt_INetworkDefinition_addNonZeroV2(const INetworkDefinition *o, ITensor *input, int32_t indicesType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 79, 77, 110000, 10500, &s); return f ? ((INonZeroLayer *(*)(void *, ITensor *, int32_t))f)(s, input, indicesType) : 0; }
static inline IAttention *trt_INetworkDefinition_addAttention(const INetworkDefinition *o, ITensor *query, ITensor *key, ITensor *value, int32_t normOp, bool isCausal)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 81, 79, 110000, 10500, &s); return f ? ((IAttention *(*)(void *, ITensor *, ITensor *, ITensor *, int32_t, bool))f)(s, query, key, value, normOp, isCausal) : 0; }
static inline IRotaryEmbeddingLayer *trt_INetworkDefinition_addRotaryEmbedding(const INetworkDefinition *o, ITensor *input, ITensor *cosCache, ITensor *sinCache, bool interleaved, int32_t rotaryEmbeddingDim)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 82, 80, 110000, 10500, &s); return f ? ((IRotaryEmbeddingLayer *(*)(void *, ITensor *, ITensor *, ITensor *, bool, int32_t))f)(s, input, cosCache, sinCache, interleaved, rotaryEmbeddingDim) : 0; }
static inline IDynamicQuantizeLayer *trt_INetworkDefinition_addDynamicQuantizeV2(const INetworkDefinition *o, ITensor *input, const Dims64 *blockShape, int32_t toType, int32_t scaleType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 83, 81, 110000, 10500, &s); return f ? ((IDynamicQuantizeLayer *(*)(void *, ITensor *, const Dims64 *, int32_t, int32_t))f)(s, input, blockShape, toType, scaleType) : 0; }
static inline IKVCacheUpdateLayer *trt_INetworkDefinition_addKVCacheUpdate(const INetworkDefinition *o, ITensor *cache, ITensor *update, ITensor *writeIndices, int32_t cacheMode)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 84, 82, 110000, 10500, &s); return f ? ((IKVCacheUpdateLayer *(*)(void *, ITensor *, ITensor *, ITensor *, int32_t))f)(s, cache, update, writeIndices, cacheMode) : 0; }
static inline INormalizationLayer *trt_INetworkDefinition_addNormalizationV2(const INetworkDefinition *o, ITensor *input, ITensor *scale, ITensor *bias, uint32_t axesMask)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 85, 83, 110000, 10500, &s); return f ? ((INormalizationLayer *(*)(void *, ITensor *, ITensor *, ITensor *, uint32_t))f)(s, input, scale, bias, axesMask) : 0; }
static inline IAttention *trt_INetworkDefinition_addAttentionV2(const INetworkDefinition *o, ITensor *query, ITensor *key, ITensor *value, int32_t normOp, int32_t causalKind)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 88, 86, 110000, 10500, &s); return f ? ((IAttention *(*)(void *, ITensor *, ITensor *, ITensor *, int32_t, int32_t))f)(s, query, key, value, normOp, causalKind) : 0; }
#define TRT_SLOT_IProgressMonitor_getAPILanguage 0
#define TRT_RTX_SLOT_IProgressMonitor_getAPILanguage 0
#define TRT_SLOT_IProgressMonitor_getInterfaceInfo 1
#define TRT_RTX_SLOT_IProgressMonitor_getInterfaceInfo 1
#define TRT_SLOT_IProgressMonitor_phaseStart 4
#define TRT_RTX_SLOT_IProgressMonitor_phaseStart 4
#define TRT_SLOT_IProgressMonitor_stepComplete 5
#define TRT_RTX_SLOT_IProgressMonitor_stepComplete 5
#define TRT_SLOT_IProgressMonitor_phaseFinish 6
#define TRT_RTX_SLOT_IProgressMonitor_phaseFinish 6
static inline void trt_IBuilderConfig_setAvgTimingIterations(const IBuilderConfig *o, int32_t avgTiming)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, avgTiming); }
static inline int32_t trt_IBuilderConfig_getAvgTimingIterations(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 3, 3, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setEngineCapability(const IBuilderConfig *o, int32_t capability)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, capability); }
static inline int32_t trt_IBuilderConfig_getEngineCapability(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setFlags(const IBuilderConfig *o, uint32_t builderFlags)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); if (f) ((void (*)(void *, uint32_t))f)(s, builderFlags); }
static inline uint32_t trt_IBuilderConfig_getFlags(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_clearFlag(const IBuilderConfig *o, int32_t builderFlag)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, builderFlag); }
static inline void trt_IBuilderConfig_setFlag(const IBuilderConfig *o, int32_t builderFlag)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, builderFlag); }
static inline bool trt_IBuilderConfig_getFlag(const IBuilderConfig *o, int32_t builderFlag)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, builderFlag) : 0; }
static inline void trt_IBuilderConfig_setDeviceType(const IBuilderConfig *o, const ILayer *layer, int32_t deviceType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); if (f) ((void (*)(void *, const ILayer *, int32_t))f)(s, layer, deviceType); }
static inline int32_t trt_IBuilderConfig_getDeviceType(const IBuilderConfig *o, const ILayer *layer)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const ILayer *))f)(s, layer) : 0; }
static inline bool trt_IBuilderConfig_isDeviceTypeSet(const IBuilderConfig *o, const ILayer *layer)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((bool (*)(void *, const ILayer *))f)(s, layer) : 0; }
static inline void trt_IBuilderConfig_resetDeviceType(const IBuilderConfig *o, const ILayer *layer)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); if (f) ((void (*)(void *, const ILayer *))f)(s, layer); }
static inline void trt_IBuilderConfig_setDLACore(const IBuilderConfig *o, int32_t dlaCore)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 16, 16, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, dlaCore); }
static inline int32_t trt_IBuilderConfig_getDLACore(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 17, 17, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setDefaultDeviceType(const IBuilderConfig *o, int32_t deviceType)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 18, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, deviceType); }
static inline int32_t trt_IBuilderConfig_getDefaultDeviceType(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 19, 19, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_reset(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 20, 20, 110000, 10500, &s); if (f) ((void (*)(void *))f)(s); }
static inline void trt_IBuilderConfig_setProfileStream(const IBuilderConfig *o, struct CUstream_st * const stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 21, 21, 110000, 10500, &s); if (f) ((void (*)(void *, struct CUstream_st * const))f)(s, stream); }
static inline struct CUstream_st *trt_IBuilderConfig_getProfileStream(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 22, 22, 110000, 10500, &s); return f ? ((struct CUstream_st *(*)(void *))f)(s) : 0; }
static inline int32_t trt_IBuilderConfig_addOptimizationProfile(const IBuilderConfig *o, const IOptimizationProfile *profile)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 23, 23, 110000, 10500, &s); return f ? ((int32_t (*)(void *, const IOptimizationProfile *))f)(s, profile) : 0; }
static inline int32_t trt_IBuilderConfig_getNbOptimizationProfiles(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 24, 24, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setProfilingVerbosity(const IBuilderConfig *o, int32_t verbosity)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 25, 25, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, verbosity); }
static inline int32_t trt_IBuilderConfig_getProfilingVerbosity(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 26, 26, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setTacticSources(const IBuilderConfig *o, uint32_t tacticSources)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 27, 27, 110000, 10500, &s); return f ? ((bool (*)(void *, uint32_t))f)(s, tacticSources) : 0; }
static inline uint32_t trt_IBuilderConfig_getTacticSources(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 28, 28, 110000, 10500, &s); return f ? ((uint32_t (*)(void *))f)(s) : 0; }
static inline ITimingCache *trt_IBuilderConfig_createTimingCache(const IBuilderConfig *o, const void *blob, size_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 29, 29, 110000, 10500, &s); return f ? ((ITimingCache *(*)(void *, const void *, size_t))f)(s, blob, size) : 0; }
static inline bool trt_IBuilderConfig_setTimingCache(const IBuilderConfig *o, const ITimingCache *cache, bool ignoreMismatch)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 30, 30, 110000, 10500, &s); return f ? ((bool (*)(void *, const ITimingCache *, bool))f)(s, cache, ignoreMismatch) : 0; }
static inline const ITimingCache *trt_IBuilderConfig_getTimingCache(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 31, 31, 110000, 10500, &s); return f ? ((const ITimingCache *(*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setMemoryPoolLimit(const IBuilderConfig *o, int32_t pool, size_t poolSize)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 32, 32, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, size_t))f)(s, pool, poolSize); }
static inline size_t trt_IBuilderConfig_getMemoryPoolLimit(const IBuilderConfig *o, int32_t pool)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 33, 33, 110000, 10500, &s); return f ? ((size_t (*)(void *, int32_t))f)(s, pool) : 0; }
static inline void trt_IBuilderConfig_setPreviewFeature(const IBuilderConfig *o, int32_t feature, bool enable)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 34, 34, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t, bool))f)(s, feature, enable); }
static inline bool trt_IBuilderConfig_getPreviewFeature(const IBuilderConfig *o, int32_t feature)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 35, 35, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, feature) : 0; }
static inline void trt_IBuilderConfig_setBuilderOptimizationLevel(const IBuilderConfig *o, int32_t level)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 36, 36, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, level); }
static inline int32_t trt_IBuilderConfig_getBuilderOptimizationLevel(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 37, 37, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setHardwareCompatibilityLevel(const IBuilderConfig *o, int32_t hardwareCompatibilityLevel)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 38, 38, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, hardwareCompatibilityLevel); }
static inline int32_t trt_IBuilderConfig_getHardwareCompatibilityLevel(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 39, 39, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setMaxAuxStreams(const IBuilderConfig *o, int32_t nbStreams)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 43, 43, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, nbStreams) : 0; }
static inline int32_t trt_IBuilderConfig_getMaxAuxStreams(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 44, 44, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setProgressMonitor(const IBuilderConfig *o, IProgressMonitor *monitor)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 45, 45, 110000, 10500, &s); if (f) ((void (*)(void *, IProgressMonitor *))f)(s, monitor); }
static inline IProgressMonitor *trt_IBuilderConfig_getProgressMonitor(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 46, 46, 110000, 10500, &s); return f ? ((IProgressMonitor *(*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setRuntimePlatform(const IBuilderConfig *o, int32_t runtimePlatform)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 47, 47, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, runtimePlatform); }
static inline int32_t trt_IBuilderConfig_getRuntimePlatform(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 48, 48, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline void trt_IBuilderConfig_setMaxNbTactics(const IBuilderConfig *o, int32_t maxTactics)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 49, 49, 110000, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, maxTactics); }
static inline int32_t trt_IBuilderConfig_getMaxNbTactics(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 50, 50, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setTilingOptimizationLevel(const IBuilderConfig *o, int32_t level)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 51, 51, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, level) : 0; }
static inline int32_t trt_IBuilderConfig_getTilingOptimizationLevel(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 52, 52, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setL2LimitForTiling(const IBuilderConfig *o, int64_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 53, 53, 110000, 10500, &s); return f ? ((bool (*)(void *, int64_t))f)(s, size) : 0; }
static inline int64_t trt_IBuilderConfig_getL2LimitForTiling(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 54, 54, 110000, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setBuildRoute(const IBuilderConfig *o, const char *buildRoute)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 57, 59, 110100, 10600, &s); return f ? ((bool (*)(void *, const char *))f)(s, buildRoute) : 0; }
static inline const char *trt_IBuilderConfig_getBuildRoute(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 58, 60, 110100, 10600, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline const char *trt_IBuilderConfig_getAllBuildRoutes(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 59, 61, 110100, 10600, &s); return f ? ((const char *(*)(void *))f)(s) : 0; }
static inline void trt_IBuilder_setGpuAllocator(const IBuilder *o, IGpuAllocator *allocator)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 4, 4, 110000, 10500, &s); if (f) ((void (*)(void *, IGpuAllocator *))f)(s, allocator); }
static inline IBuilderConfig *trt_IBuilder_createBuilderConfig(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 5, 5, 110000, 10500, &s); return f ? ((IBuilderConfig *(*)(void *))f)(s) : 0; }
static inline INetworkDefinition *trt_IBuilder_createNetworkV2(const IBuilder *o, uint32_t flags)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 6, 6, 110000, 10500, &s); return f ? ((INetworkDefinition *(*)(void *, uint32_t))f)(s, flags) : 0; }
static inline IOptimizationProfile *trt_IBuilder_createOptimizationProfile(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 7, 7, 110000, 10500, &s); return f ? ((IOptimizationProfile *(*)(void *))f)(s) : 0; }
static inline void trt_IBuilder_setErrorRecorder(const IBuilder *o, IErrorRecorder *recorder)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 8, 8, 110000, 10500, &s); if (f) ((void (*)(void *, IErrorRecorder *))f)(s, recorder); }
static inline IErrorRecorder *trt_IBuilder_getErrorRecorder(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 9, 9, 110000, 10500, &s); return f ? ((IErrorRecorder *(*)(void *))f)(s) : 0; }
static inline void trt_IBuilder_reset(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 10, 10, 110000, 10500, &s); if (f) ((void (*)(void *))f)(s); }
static inline IHostMemory *trt_IBuilder_buildSerializedNetwork(const IBuilder *o, INetworkDefinition *network, IBuilderConfig *config)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 11, 11, 110000, 10500, &s); return f ? ((IHostMemory *(*)(void *, INetworkDefinition *, IBuilderConfig *))f)(s, network, config) : 0; }
static inline bool trt_IBuilder_isNetworkSupported(const IBuilder *o, const INetworkDefinition *network, const IBuilderConfig *config)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 12, 12, 110000, 10500, &s); return f ? ((bool (*)(void *, const INetworkDefinition *, const IBuilderConfig *))f)(s, network, config) : 0; }
static inline ILogger *trt_IBuilder_getLogger(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 13, 13, 110000, 10500, &s); return f ? ((ILogger *(*)(void *))f)(s) : 0; }
static inline bool trt_IBuilder_setMaxThreads(const IBuilder *o, int32_t maxThreads)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 14, 14, 110000, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, maxThreads) : 0; }
static inline int32_t trt_IBuilder_getMaxThreads(const IBuilder *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 15, 15, 110000, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilder_buildSerializedNetworkToStream(const IBuilder *o, INetworkDefinition *network, IBuilderConfig *config, IStreamWriter *writer)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 18, 17, 110000, 10500, &s); return f ? ((bool (*)(void *, INetworkDefinition *, IBuilderConfig *, IStreamWriter *))f)(s, network, config, writer) : 0; }
static inline int64_t trt_IRuntime_getEngineHeaderSize(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 23, -1, 10500, &s); return f ? ((int64_t (*)(void *))f)(s) : 0; }
static inline int32_t trt_IRuntime_getEngineValidity(const IRuntime *o, const void *blob, int64_t blobSize, uint64_t *diagnostics)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 24, -1, 10500, &s); return f ? ((int32_t (*)(void *, const void *, int64_t, uint64_t *))f)(s, blob, blobSize, diagnostics) : 0; }
static inline void trt_IRuntime_setDeferredWeightsLoading(const IRuntime *o, bool defer)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 25, -1, 10600, &s); if (f) ((void (*)(void *, bool))f)(s, defer); }
static inline bool trt_IRuntime_getDeferredWeightsLoading(const IRuntime *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 26, -1, 10600, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline IHostMemory *trt_ITimingCache_serialize(const ITimingCache *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, 2, 2, 110000, 10500, &s); return f ? ((IHostMemory *(*)(void *))f)(s) : 0; }
static inline IHostMemory *trt_IRuntimeCache_serialize(const IRuntimeCache *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 2, -1, 10500, &s); return f ? ((IHostMemory *(*)(void *))f)(s) : 0; }
static inline bool trt_IRuntimeCache_deserialize(const IRuntimeCache *o, const void *blob, size_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 3, -1, 10500, &s); return f ? ((bool (*)(void *, const void *, size_t))f)(s, blob, size) : 0; }
static inline bool trt_IRuntimeCache_reset(const IRuntimeCache *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 4, -1, 10500, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline IRuntimeCache *trt_IRuntimeConfig_createRuntimeCache(const IRuntimeConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 5, -1, 10500, &s); return f ? ((IRuntimeCache *(*)(void *))f)(s) : 0; }
static inline bool trt_IRuntimeConfig_setRuntimeCache(const IRuntimeConfig *o, const IRuntimeCache *cache)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 6, -1, 10500, &s); return f ? ((bool (*)(void *, const IRuntimeCache *))f)(s, cache) : 0; }
static inline IRuntimeCache *trt_IRuntimeConfig_getRuntimeCache(const IRuntimeConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 7, -1, 10500, &s); return f ? ((IRuntimeCache *(*)(void *))f)(s) : 0; }
static inline void trt_IRuntimeConfig_setDynamicShapesKernelSpecializationStrategy(const IRuntimeConfig *o, int32_t dynamicShapesKernelSpecializationStrategy)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 8, -1, 10500, &s); if (f) ((void (*)(void *, int32_t))f)(s, dynamicShapesKernelSpecializationStrategy); }
static inline int32_t trt_IRuntimeConfig_getDynamicShapesKernelSpecializationStrategy(const IRuntimeConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 9, -1, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IRuntimeConfig_setCudaGraphStrategy(const IRuntimeConfig *o, int32_t strategy)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 10, -1, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, strategy) : 0; }
static inline int32_t trt_IRuntimeConfig_getCudaGraphStrategy(const IRuntimeConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 11, -1, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_ICudaEngine_areWeightsLoaded(const ICudaEngine *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 51, -1, 10600, &s); return f ? ((bool (*)(void *))f)(s) : 0; }
static inline bool trt_ICudaEngine_loadWeights(const ICudaEngine *o, const void *blob, int64_t size)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 52, -1, 10600, &s); return f ? ((bool (*)(void *, const void *, int64_t))f)(s, blob, size) : 0; }
static inline bool trt_ICudaEngine_loadWeightsAsync(const ICudaEngine *o, IStreamReaderV2 *streamReader, struct CUstream_st *stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 53, -1, 10600, &s); return f ? ((bool (*)(void *, IStreamReaderV2 *, struct CUstream_st *))f)(s, streamReader, stream) : 0; }
static inline bool trt_IExecutionContext_isStreamCapturable(const IExecutionContext *o, struct CUstream_st *stream)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 52, -1, 10500, &s); return f ? ((bool (*)(void *, struct CUstream_st *))f)(s, stream) : 0; }
static inline bool trt_IBuilderConfig_setNbComputeCapabilities(const IBuilderConfig *o, int32_t maxNbComputeCapabilities)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 55, -1, 10500, &s); return f ? ((bool (*)(void *, int32_t))f)(s, maxNbComputeCapabilities) : 0; }
static inline int32_t trt_IBuilderConfig_getNbComputeCapabilities(const IBuilderConfig *o)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 56, -1, 10500, &s); return f ? ((int32_t (*)(void *))f)(s) : 0; }
static inline bool trt_IBuilderConfig_setComputeCapability(const IBuilderConfig *o, int32_t computeCapability, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 57, -1, 10500, &s); return f ? ((bool (*)(void *, int32_t, int32_t))f)(s, computeCapability, index) : 0; }
static inline int32_t trt_IBuilderConfig_getComputeCapability(const IBuilderConfig *o, int32_t index)
{ void *s = NULL; trt_fn f = trt_method(o, 8, -1, 58, -1, 10500, &s); return f ? ((int32_t (*)(void *, int32_t))f)(s, index) : 0; }

#endif
