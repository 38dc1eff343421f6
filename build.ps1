#!/usr/bin/env pwsh
<#
.SYNOPSIS
The one door: builds, tests, verifies, measures, publishes and formats stardeq.
.EXAMPLE
./build.ps1 test Nufft
Runs the tests whose full name contains "Nufft".
.EXAMPLE
./build.ps1 publish -Runtime win-x64
#>
[CmdletBinding()]
param(
    # build: compile. test: run the tests. verify: device, gradient and reference checks. bench: the time of each kernel and of a training step.
    # publish: one self-contained program in artifacts/. format: rewrite the sources to the house style.
    # cuda-check: with a CUDA toolkit and no GPU, compile the kernels and list their registers and spills; 3 without a toolkit.
    # gpu-acceptance: publish the CUDA tests and the benchmarks as one program, run it on the GPU, leave acceptance.txt beside it.
    [Parameter(Position = 0)]
    [ValidateSet('build', 'test', 'verify', 'bench', 'publish', 'format', 'cuda-check', 'gpu-acceptance')]
    [string] $Verb = 'verify',

    # For test: part of the full names of the tests to run.
    [Parameter(Position = 1)]
    [string] $Filter = '',

    # For publish and gpu-acceptance: target system such as linux-x64, win-x64 or osx-arm64; this machine's if not given.
    [string] $Runtime = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier,

    # For gpu-acceptance: publish only, for a machine that has no SDK. Copy the folder there and run stardeq-acceptance in it.
    [switch] $PublishOnly,

    # For gpu-acceptance: run on the software CUDA driver instead of a GPU.
    [switch] $Software,

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$script:Steps = @()

# Runs one command, dotnet if no other is named, keeps its time for the summary, and ends the script with its exit code if it fails.
function Invoke-Step([string] $Name, [string[]] $Arguments, [string] $Program = 'dotnet') {
    Write-Host "> $Program $($Arguments -join ' ')"
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    & $Program @Arguments
    $code = $LASTEXITCODE
    $script:Steps += '{0,-12} {1,8:F1} s  {2}' -f $Name, $watch.Elapsed.TotalSeconds, $(if ($code -eq 0) { 'ok' } else { "failed with exit code $code" })
    if ($code -ne 0) {
        Write-Summary
        exit $code
    }
}

function Invoke-Stardeq([string] $Name, [string[]] $Arguments) {
    Invoke-Step $Name (@('run', '--project', 'src/Cli', '-c', $Configuration, '--no-build', '--') + $Arguments)
}

# One compressed self-contained program in a folder; ends the script if it is larger than the limit.
function Invoke-Publish([string] $Project, [string] $Target, [string[]] $Options, [long] $Limit = [long]::MaxValue) {
    Invoke-Step 'publish' (@('publish', $Project, '-c', $Configuration, '-r', $Runtime, '--self-contained', '-o', $Target,
        '-p:PublishSingleFile=true', '-p:IncludeNativeLibrariesForSelfExtract=true', '-p:DebugType=embedded',
        '-p:PublishDocumentationFile=false', '-p:PublishReferencesDocumentationFiles=false') + $Options)
    $size = (Get-ChildItem $Target -Recurse -File | Measure-Object -Property Length -Sum).Sum
    Get-ChildItem $Target -File | ForEach-Object { Write-Host ('{0,14:N0} bytes  {1}' -f $_.Length, $_.FullName) }
    Write-Host ('{0,14:N0} bytes in all' -f $size)
    if ($size -gt $Limit) {
        Write-Host "$Target is larger than $Limit bytes"
        exit 1
    }
}

function Write-Summary {
    Write-Host ''
    $script:Steps | ForEach-Object { Write-Host $_ }
}

Push-Location $PSScriptRoot
try {
    switch ($Verb) {
        'build' {
            Invoke-Step 'build' @('build', '-c', $Configuration)
        }
        'test' {
            $selection = if ($Filter) { @('--filter', "FullyQualifiedName~$Filter") } else { @() }
            Invoke-Step 'test' (@('test', 'tests', '-c', $Configuration) + $selection)
        }
        'verify' {
            Invoke-Step 'build' @('build', 'src/Cli', '-c', $Configuration)
            Invoke-Stardeq 'doctor' @('doctor')
            Invoke-Stardeq 'gradcheck' @('gradcheck')
        }
        'bench' {
            Invoke-Step 'build' @('build', 'src/Cli', '-c', $Configuration)
            Invoke-Stardeq 'bench' @('bench')
        }
        'publish' {
            Invoke-Publish 'src/Cli' (Join-Path 'artifacts' $Runtime) @('-p:PublishReadyToRun=true')
        }
        'cuda-check' {
            Invoke-Step 'build' @('build', 'tests/Acceptance', '-c', $Configuration)
            Invoke-Step 'check' @('run', '--project', 'tests/Acceptance', '-c', $Configuration, '--no-build', '--', 'check')
        }
        'gpu-acceptance' {
            $target = Join-Path 'artifacts' "acceptance-$Runtime"
            # Compressed, since the folder travels; the paths of this machine stay here.
            Invoke-Publish 'tests/Acceptance' $target @('-p:EnableCompressionInSingleFile=true', '-p:ContinuousIntegrationBuild=true') 64MB
            if (-not $PublishOnly) {
                $arguments = @('--record', (Join-Path $target 'acceptance.txt')) + $(if ($Software) { @('--software') } else { @() })
                Invoke-Step 'acceptance' $arguments (Join-Path '.' $target 'stardeq-acceptance')
            }
        }
        'format' {
            Invoke-Step 'format' @('format')
        }
    }
    Write-Summary
}
finally {
    Pop-Location
}
